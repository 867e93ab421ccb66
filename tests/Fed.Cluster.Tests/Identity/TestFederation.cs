using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity;
using Fed.TestKit;

namespace Fed.Cluster.Tests.Identity;

/// <summary>A federation's CA and nodes that it has enrolled, in a folder of a test's own.</summary>
internal sealed class TestFederation : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<IDisposable> _owned = [];
    private int _names;

    public TestFederation(string name = "lung", TimeProvider? clock = null)
    {
        Clock = clock ?? new ManualTimeProvider(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        Authority = CertificateAuthority.Create(name, _folder["ca"], Clock);
        Members = NewMembership();
    }

    public TimeProvider Clock { get; }

    public CertificateAuthority Authority { get; }

    /// <summary>Everybody who was enrolled, as a node knows them.</summary>
    public Membership Members { get; }

    /// <summary>What <see cref="Members"/> goes by.</summary>
    public CertificateValidator Validator { get; private set; } = null!;

    public string CaFolder => _folder["ca"];

    public NodeIdentity Identity(NodeRole role, string name) => new(Authority.Federation, role, name);

    /// <summary>Makes keys, asks for certificates, has them approved and made known.</summary>
    public TestNode Enrol(NodeRole role, string name, TimeSpan? lifetime = null)
    {
        NodeKeys keys = NewKeys();
        EnrolmentRequest request = EnrolmentRequest.Create(Identity(role, name), keys);
        NodeCertificates certificates = Authority.Approve(EnrolmentRequest.Parse(request.Text), lifetime ?? CertificateAuthority.NodeLifetime);
        return new TestNode(request.Identity, keys, Members.Add(certificates.Signing), Members.Add(certificates.Encryption), certificates);
    }

    public NodeKeys NewKeys()
    {
        NodeKeys keys = NodeKeys.LoadOrCreate(_folder[$"keys-{_names++}"]);
        _owned.Add(keys);
        return keys;
    }

    /// <summary>A node that trusts the CA and knows nobody yet.</summary>
    public Membership NewMembership()
    {
        CertificateValidator validator = new(X509CertificateLoader.LoadCertificate(Authority.Certificate.RawData), Clock);
        Validator ??= validator;
        _owned.Add(validator);
        return new Membership(validator);
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
        Authority.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A node that was enrolled.</summary>
internal sealed record TestNode(NodeIdentity Identity, NodeKeys Keys, CertifiedKey Signing, CertifiedKey Encryption, NodeCertificates Certificates);
