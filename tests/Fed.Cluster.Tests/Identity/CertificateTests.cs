using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.TestKit;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Cluster.Tests.Identity;

/// <summary>Who counts as a node, and who does not: every way in which a certificate can be wrong is tried.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
    private readonly TestFederation _federation;

    public CertificateTests() => _federation = new TestFederation(clock: _clock);

    [Fact]
    public void Enrolled_node_is_known_by_both_keys_and_by_the_addresses_of_its_role_only()
    {
        TestNode north = _federation.Enrol(NodeRole.Silo, "north"), leader = _federation.Enrol(NodeRole.Coordinator, "node-1"), standby = _federation.Enrol(NodeRole.Coordinator, "node-2");
        Membership members = _federation.Members;
        Assert.Equal(north.Keys.Signer.KeyId, north.Signing.KeyId);
        Assert.Equal(north.Keys.Encryption.KeyId, north.Encryption.KeyId);
        Assert.Equal(north.Identity, members.Find(north.Signing.KeyId, CertificateUse.Signing)!.Identity);
        Assert.Null(members.Find(north.Signing.KeyId, CertificateUse.Encryption));
        Assert.Equal([north.Encryption], members.For(NodeAddress.Silo("north"), CertificateUse.Encryption));
        Assert.Equal(new[] { leader.Encryption, standby.Encryption }.OrderBy(static key => key.KeyId), members.For(NodeAddress.Job, CertificateUse.Encryption));
        Assert.Equal(members.For(NodeAddress.Job, CertificateUse.Signing), members.For(NodeAddress.Coordinator, CertificateUse.Signing));
        Assert.Empty(members.For(NodeAddress.Aggregator, CertificateUse.Encryption));
        Assert.Empty(members.For(NodeAddress.Silo("south"), CertificateUse.Encryption));
        Assert.Empty(members.For(new NodeAddress("north"), CertificateUse.Encryption));
    }

    [Fact]
    public void Request_holds_no_private_key_and_names_its_keys_by_a_fingerprint()
    {
        using NodeKeys keys = _federation.NewKeys();
        EnrolmentRequest request = EnrolmentRequest.Create(_federation.Identity(NodeRole.Silo, "north"), keys);
        Assert.DoesNotContain("PRIVATE", request.Text, StringComparison.Ordinal);
        Assert.Equal(request.Fingerprint, EnrolmentRequest.Parse(request.Text).Fingerprint);
        Assert.NotEqual(request.Fingerprint, EnrolmentRequest.Create(request.Identity, _federation.NewKeys()).Fingerprint);
        Assert.Equal(64 + 15, request.Fingerprint.Length);
    }

    [Fact]
    public void Key_files_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no file modes");
        using TemporaryFolder folder = new();
        NodeKeys.LoadOrCreate(folder.Root).Dispose();
        string[] secrets = [.. Directory.EnumerateFiles(folder.Root), Path.Combine(_federation.CaFolder, "ca.key")];
        Assert.Equal(3, secrets.Length);
        foreach (string path in secrets)
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Theory]
    [InlineData("North")]
    [InlineData("north west")]
    [InlineData("north.west")]
    [InlineData("")]
    [InlineData("{username}")]
    [InlineData("a-name-of-more-than-forty-characters-is-no")]
    public void Name_that_could_mean_something_else_in_a_pattern_or_path_is_refused(string name)
    {
        using NodeKeys keys = _federation.NewKeys();
        Assert.Contains("a to z", Assert.Throws<IdentityException>(() => EnrolmentRequest.Create(_federation.Identity(NodeRole.Silo, name), keys)).Message, StringComparison.Ordinal);
        Assert.Null(NodeIdentity.Parse($"fed://lung/silo/{name}"));
    }

    [Theory]
    [InlineData("fed://lung/silo/north/")]
    [InlineData("fed://lung/Silo/north")]
    [InlineData("fed://lung/0/north")]
    [InlineData("FED://lung/silo/north")]
    [InlineData("fed://lung/silo/nor%74h")]
    [InlineData("fed://lung/silo/north?x")]
    [InlineData("https://lung/silo/north")]
    public void Uri_that_a_certificate_would_not_have_is_no_identity(string uri) => Assert.Null(NodeIdentity.Parse(uri));

    [Fact]
    public void Request_with_any_byte_changed_is_refused_or_asks_for_the_same()
    {
        using NodeKeys keys = _federation.NewKeys();
        EnrolmentRequest request = EnrolmentRequest.Create(_federation.Identity(NodeRole.Silo, "north"), keys);
        for (int at = 0; at < request.Text.Length; at += 3)
        {
            char[] text = request.Text.ToCharArray();
            text[at] = text[at] == 'A' ? 'B' : 'A';
            try
            {
                Assert.Equal((request.Identity, request.Fingerprint), (EnrolmentRequest.Parse(new string(text)).Identity, EnrolmentRequest.Parse(new string(text)).Fingerprint));
            }
            catch (IdentityException)
            {
                continue;   // as it should be
            }
        }
    }

    [Fact]
    public void Request_for_another_federation_is_not_approved()
    {
        using NodeKeys keys = _federation.NewKeys();
        EnrolmentRequest request = EnrolmentRequest.Create(new NodeIdentity("heart", NodeRole.Silo, "north"), keys);
        Assert.Contains("another federation", Assert.Throws<IdentityException>(() => _federation.Authority.Approve(request, TimeSpan.FromDays(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_of_another_CA_of_the_same_name_does_not_count()
    {
        using TestFederation impostor = new("lung", _clock);
        NodeCertificates forged = impostor.Enrol(NodeRole.Coordinator, "node-1").Certificates;
        Assert.Contains("not certified", Refusal(forged.Signing), StringComparison.Ordinal);
        Assert.Contains("not certified", Refusal(forged.Encryption), StringComparison.Ordinal);
        using TestFederation other = new("heart", _clock);
        Assert.Contains("not certified", Refusal(other.Enrol(NodeRole.Silo, "north").Certificates.Signing), StringComparison.Ordinal);
    }

    [Fact]
    public void Node_cannot_certify_another()
    {
        TestNode north = _federation.Enrol(NodeRole.Silo, "north");
        using ECDsa own = north.Keys.Open(CertificateUse.Signing), fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(north.Certificates.Signing.Span);
        foreach (X500DistinguishedName name in (X500DistinguishedName[])[issuer.SubjectName, _federation.Authority.Certificate.SubjectName])
            Assert.NotNull(Refusal(Forge(fresh, own, name, X509KeyUsageFlags.DigitalSignature)));
    }

    [Fact]
    public void Certificate_of_the_CA_in_another_form_does_not_count()
    {
        using ECDsa authority = KeyFiles.LoadPrivate(Path.Combine(_federation.CaFolder, "ca.key")), fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256), wide = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        X500DistinguishedName issuer = _federation.Authority.Certificate.SubjectName;
        Assert.Null(Refusal(Forge(fresh, authority, issuer, X509KeyUsageFlags.DigitalSignature)));
        Assert.Contains("neither", Refusal(Forge(fresh, authority, issuer, X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement)), StringComparison.Ordinal);
        Assert.Contains("CA's", Refusal(Forge(fresh, authority, issuer, X509KeyUsageFlags.DigitalSignature, isAuthority: true)), StringComparison.Ordinal);
        Assert.Contains("alternative name", Refusal(Forge(fresh, authority, issuer, X509KeyUsageFlags.DigitalSignature, "fed://lung/silo/north", "fed://lung/coordinator/node-1")), StringComparison.Ordinal);
        Assert.Contains("alternative name", Refusal(Forge(fresh, authority, issuer, X509KeyUsageFlags.DigitalSignature, "fed://lung/operator/north")), StringComparison.Ordinal);
        Assert.Contains("another federation", Refusal(Forge(fresh, authority, issuer, X509KeyUsageFlags.DigitalSignature, "fed://heart/silo/north")), StringComparison.Ordinal);
        Assert.NotNull(Refusal(Forge(wide, authority, issuer, X509KeyUsageFlags.DigitalSignature)));
    }

    [Fact]
    public void Certificate_counts_in_its_time_only_give_or_take_what_clocks_differ()
    {
        TestNode north = _federation.Enrol(NodeRole.Silo, "north", TimeSpan.FromDays(10));
        _clock.Advance(TimeSpan.FromDays(10));
        Assert.NotNull(_federation.Members.Find(north.Signing.KeyId, CertificateUse.Signing));
        _clock.Advance(CertificateValidator.Skew + TimeSpan.FromSeconds(2));
        Assert.Null(_federation.Members.Find(north.Signing.KeyId, CertificateUse.Signing));
        Assert.Empty(_federation.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption));
        Assert.Contains("valid from", Refusal(north.Certificates.Signing), StringComparison.Ordinal);

        TestNode renewed = _federation.Enrol(NodeRole.Silo, "north");
        Assert.Equal([renewed.Encryption], _federation.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption));
    }

    [Fact]
    public void Node_that_renews_is_known_by_old_and_new_keys_meanwhile()
    {
        TestNode old = _federation.Enrol(NodeRole.Silo, "north"), renewed = _federation.Enrol(NodeRole.Silo, "north");
        Assert.Equal(new[] { old.Encryption, renewed.Encryption }.OrderBy(static key => key.KeyId), _federation.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption));
        Assert.NotNull(_federation.Members.Find(old.Signing.KeyId, CertificateUse.Signing));
        Assert.NotNull(_federation.Members.Find(renewed.Signing.KeyId, CertificateUse.Signing));
    }

    [Fact]
    public void Revoked_certificate_stops_counting_at_once_and_for_good()
    {
        TestNode north = _federation.Enrol(NodeRole.Silo, "north"), south = _federation.Enrol(NodeRole.Silo, "south");
        RevocationList empty = _federation.Authority.Revocations;
        Assert.True(_federation.Validator.Use(empty.Encoded));
        RevocationList list = _federation.Authority.Revoke(north.Signing, north.Encryption);
        Assert.True(_federation.Validator.Use(list.Encoded));
        Assert.Null(_federation.Members.Find(north.Signing.KeyId, CertificateUse.Signing));
        Assert.Empty(_federation.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption));
        Assert.NotNull(_federation.Members.Find(south.Signing.KeyId, CertificateUse.Signing));
        Assert.Contains("revoked", Assert.Throws<IdentityException>(() => _federation.Members.Add(north.Certificates.Signing)).Message, StringComparison.Ordinal);

        Assert.False(_federation.Validator.Use(empty.Encoded));   // an operator who would like to go back
        Assert.Equal(list.Number, _federation.Validator.Revocations!.Number);
        RevocationList next = _federation.Authority.Revoke(south.Signing);
        Assert.Equal((list.Number + BigInteger.One, 3), (next.Number, next.Count));
        Assert.True(next.Contains(north.Signing.Serial));
    }

    [Fact]
    public void Revocation_list_with_any_byte_changed_or_of_another_CA_is_refused()
    {
        byte[] list = _federation.Authority.Revoke(_federation.Enrol(NodeRole.Silo, "north").Signing).Encoded.ToArray();
        for (int at = 0; at < list.Length; at++)
        {
            byte[] changed = [.. list];
            changed[at] ^= 1;
            Assert.Throws<IdentityException>(() => _federation.Validator.Use(changed));
        }

        Assert.Throws<IdentityException>(() => _federation.Validator.Use(list.AsMemory(0, list.Length - 1)));
        using TestFederation impostor = new("lung", _clock);
        Assert.Contains("not signed", Assert.Throws<IdentityException>(() => _federation.Validator.Use(impostor.Authority.Revocations.Encoded)).Message, StringComparison.Ordinal);
        Assert.Null(_federation.Validator.Revocations);
    }

    [Fact]
    public void Certificate_with_any_byte_changed_does_not_count()
    {
        byte[] certificate = _federation.Enrol(NodeRole.Silo, "north").Certificates.Signing.ToArray();
        for (int at = 0; at < certificate.Length; at++)
        {
            byte[] changed = [.. certificate];
            changed[at] ^= 1;
            Assert.NotNull(Refusal(changed));
        }
    }

    [Fact]
    public void Certificate_with_bytes_behind_it_does_not_count()
    {
        byte[] certificate = _federation.Enrol(NodeRole.Silo, "north").Certificates.Signing.ToArray();
        Assert.Null(Refusal(certificate));
        Assert.Contains("followed by other bytes", Refusal((byte[])[.. certificate, 0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_certificate_request_or_list_are_refused_and_nothing_else_happens() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            Assert.NotNull(Refusal(bytes));
            Assert.Throws<IdentityException>(() => _federation.Validator.Use(bytes));
            Assert.Throws<IdentityException>(() => EnrolmentRequest.Parse(PemEncoding.WriteString("CERTIFICATE REQUEST", bytes)));
        }));

    [Fact]
    public void Certificates_travel_as_text()
    {
        TestNode north = _federation.Enrol(NodeRole.Silo, "north"), south = _federation.Enrol(NodeRole.Silo, "south");
        Membership other = _federation.NewMembership();
        foreach (ReadOnlyMemory<byte> certificate in NodeCertificates.ReadPem(north.Certificates.ToPem() + south.Certificates.ToPem())) other.Add(certificate);
        Assert.Equal([south.Encryption.KeyId], other.For(NodeAddress.Silo("south"), CertificateUse.Encryption).Select(static key => key.KeyId));
        Assert.Contains("damaged", Assert.Throws<IdentityException>(() => NodeCertificates.ReadPem(PemEncoding.WriteString("CERTIFICATE", [1, 2, 3]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CA_is_opened_again_with_what_it_has_revoked_and_is_not_made_twice()
    {
        TestNode north = _federation.Enrol(NodeRole.Silo, "north");
        _federation.Authority.Revoke(north.Signing);
        using CertificateAuthority again = CertificateAuthority.Open(_federation.CaFolder, _clock);
        Assert.Equal(("lung", true), (again.Federation, again.Revocations.Contains(north.Signing.Serial)));
        Assert.Contains("already", Assert.Throws<IdentityException>(() => CertificateAuthority.Create("lung", _federation.CaFolder, _clock)).Message, StringComparison.Ordinal);
        using TestFederation other = new("lung", _clock);
        File.Copy(Path.Combine(other.CaFolder, "ca.crt"), Path.Combine(_federation.CaFolder, "ca.crt"), overwrite: true);
        Assert.Contains("another CA", Assert.Throws<IdentityException>(() => CertificateAuthority.Open(_federation.CaFolder, _clock)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _federation.Dispose();

    private string? Refusal(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            _federation.NewMembership().Add(certificate);
            return null;
        }
        catch (IdentityException refused)
        {
            return refused.Message;
        }
    }

    private byte[] Forge(ECDsa key, ECDsa issuerKey, X500DistinguishedName issuer, X509KeyUsageFlags usage, params string[] uris) => Forge(key, issuerKey, issuer, usage, isAuthority: false, uris);

    private byte[] Forge(ECDsa key, ECDsa issuerKey, X500DistinguishedName issuer, X509KeyUsageFlags usage, bool isAuthority, params string[] uris)
    {
        CertificateRequest request = new("CN=north", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        SubjectAlternativeNameBuilder names = new();
        foreach (string uri in uris.DefaultIfEmpty("fed://lung/silo/north")) names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(issuer, X509SignatureGenerator.CreateForECDsa(issuerKey), _clock.GetUtcNow().AddMinutes(-1), _clock.GetUtcNow().AddDays(1), [0x41, 2, 3, 4]);
        return certificate.RawData;
    }
}
