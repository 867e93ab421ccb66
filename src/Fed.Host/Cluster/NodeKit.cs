using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>A node's keys and whom it knows (<see cref="NodeFolder"/>). The members file is looked at again and again, so that a site is added, or taken out, without a restart.</summary>
internal sealed partial class NodeKit : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly NodeFolder _folder;
    private readonly NodeCredentials _credentials;
    private readonly Dictionary<Digest, LocalSigner> _signers = [];
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _isDisposed;

    private NodeKit(NodeFolder folder, NodeCredentials credentials, ImmutableArray<EncryptionKey> encryptionKeys, TimeProvider clock, ILogger log)
    {
        (_folder, _credentials, EncryptionKeys, _log) = (folder, credentials, encryptionKeys, log);
        Authority = X509Certificate2.CreateFromPem(File.ReadAllText(credentials.AuthorityPath));
        _timer = clock.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
    }

    /// <summary>Who the node is.</summary>
    public NodeIdentity Identity => _credentials.Identity;

    /// <summary>Its private keys.</summary>
    public NodeKeys Keys => _credentials.Keys;

    /// <summary>Its private encryption keys, those of before a renewal too.</summary>
    public ImmutableArray<EncryptionKey> EncryptionKeys { get; }

    /// <summary>Told, on any thread, when a new members file was taken up.</summary>
    public Action? Refreshed { get; set; }

    /// <summary>Whose envelopes it takes.</summary>
    public Membership Members => _credentials.Members;

    /// <summary>Its password at the broker.</summary>
    public string BrokerPassword => _credentials.BrokerPassword;

    /// <summary>The federation's CA.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>Opens a kit.</summary>
    /// <exception cref="UserException">Something is missing, or the node is not certified for what it is to be.</exception>
    public static NodeKit Open(NodeConfig config, TimeProvider clock, ILogger log)
    {
        try
        {
            NodeFolder folder = new(config.Kit);
            NodeCredentials credentials = folder.Open(clock);
            if ((credentials.Identity.Role, credentials.Identity.Name) == (config.Role, config.Name)) return new NodeKit(folder, credentials, folder.OpenEncryptionKeys(), clock, log);
            NodeIdentity certified = credentials.Identity;
            credentials.Dispose();
            throw new UserException($"the keys in '{config.Kit}' are certified for {certified.Uri}; check node.name and node.role in {config.File}, or enrol the node");
        }
        catch (IdentityException e)
        {
            throw new UserException(e.Message, e);
        }
    }

    /// <summary>Signs with the node's own key of an id while that counts: one of before a renewal, or one that was certified since the node started; null where it has none, or none that counts.</summary>
    public LocalSigner? SignerOf(Digest keyId)
    {
        if (Members.Find(keyId, CertificateUse.Signing) is null) return null;
        if (Keys.Signer.KeyId == keyId) return Keys.Signer;
        lock (_gate)
        {
            if (_isDisposed) return null;
            if (!_signers.TryGetValue(keyId, out LocalSigner? signer) && (signer = _folder.OpenSigner(keyId)) is not null) _signers.Add(keyId, signer);
            return signer;
        }
    }

    /// <summary>The valid signing key of an address that was certified last; null for strangers.</summary>
    public ReadOnlyMemory<byte>? PublicKey(NodeAddress address) => Members.For(address, CertificateUse.Signing) is { IsEmpty: false } keys ? keys.MaxBy(static key => key.NotBefore)!.PublicKey : null;

    /// <summary>All valid signing keys of an address.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> PublicKeys(NodeAddress address) => [.. Members.For(address, CertificateUse.Signing).Select(static key => key.PublicKey)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _credentials.Dispose();
            foreach (EncryptionKey key in EncryptionKeys) key.Dispose();
            foreach (LocalSigner signer in _signers.Values) signer.Dispose();
            Authority.Dispose();
        }
    }

    private void Look()
    {
        try
        {
            lock (_gate)
            {
                if (_isDisposed || !_credentials.Refresh()) return;
            }

            LogRefreshed();
            Refreshed?.Invoke();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IdentityException or CryptographicException)
        {
            LogUnread(e.Message);   // what was read before counts on
        }
    }

    [LoggerMessage(5001, LogLevel.Information, "took up a new members file")]
    private partial void LogRefreshed();

    [LoggerMessage(5002, LogLevel.Warning, "the kit's members file could not be read again: {Reason}")]
    private partial void LogUnread(string reason);
}
