namespace Fed.Cluster.Stores;

/// <summary>The files of one node or site.</summary>
/// <param name="Root">Its folder, absolute.</param>
public sealed record NodeDirectory(string Root)
{
    /// <summary>Its journal (SQLite).</summary>
    public string Journal => Path.Combine(Root, "journal.sqlite");

    /// <summary>Its blobs (<see cref="FileBlobStore"/>).</summary>
    public string Blobs => Path.Combine(Root, "blobs");

    /// <summary>Contributions on their way in (<see cref="FileInbox"/>).</summary>
    public string Inbox => Path.Combine(Root, "inbox");

    /// <summary>Its secrets of running jobs (<see cref="FileSecretStore"/>), for its owner only.</summary>
    public string Secrets => Path.Combine(Root, "secrets");

    /// <summary>Its private key, for its owner only.</summary>
    public string PrivateKey => Path.Combine(Root, "key.pem");

    /// <summary>Its public key, for everybody.</summary>
    public string PublicKey => Path.Combine(Root, "key.pub");

    /// <summary>Creates the folder, durably.</summary>
    public void Create() => DiskFileSystem.Instance.CreateDirectory(Root);
}
