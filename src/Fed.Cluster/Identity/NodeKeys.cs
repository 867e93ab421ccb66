using System.Security.Cryptography;

namespace Fed.Cluster.Identity;

/// <summary>Both private keys of a node, in files of one folder. They are made where they are used and never leave; what leaves is an <see cref="EnrolmentRequest"/>.</summary>
public sealed class NodeKeys : IDisposable
{
    internal const string EncryptionFile = "encryption.key", SigningFile = "signing.key";

    private readonly string _signing, _encryption;

    private NodeKeys(string signing, string encryption)
    {
        (_signing, _encryption) = (signing, encryption);
        Signer = LocalSigner.LoadOrCreate(signing);
        Encryption = EncryptionKey.LoadOrCreate(encryption);
    }

    /// <summary>Signs what the node says.</summary>
    public LocalSigner Signer { get; }

    /// <summary>Opens what is meant for the node.</summary>
    public EncryptionKey Encryption { get; }

    /// <summary>Loads <c>signing.key</c> and <c>encryption.key</c>, or creates what is missing.</summary>
    /// <exception cref="KeyFileException">A file is readable by others, or holds no P-256 private key.</exception>
    public static NodeKeys LoadOrCreate(string folder)
    {
        Directory.CreateDirectory(folder);
        return new NodeKeys(Path.Combine(folder, SigningFile), Path.Combine(folder, EncryptionFile));
    }

    /// <summary>Opens a private key to prove its possession in a request; to be disposed at once.</summary>
    internal ECDsa Open(CertificateUse use) => KeyFiles.LoadPrivate(use == CertificateUse.Signing ? _signing : _encryption);

    /// <inheritdoc/>
    public void Dispose()
    {
        Signer.Dispose();
        Encryption.Dispose();
    }
}
