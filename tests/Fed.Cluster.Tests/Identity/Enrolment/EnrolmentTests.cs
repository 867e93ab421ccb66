using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Stores;
using Fed.TestKit;
using Xunit;

namespace Fed.Cluster.Tests.Identity.Enrolment;

/// <summary>How nodes come into a federation and leave it, with the folders of both sides: nothing changes where something is wrong.</summary>
public sealed class EnrolmentTests : IDisposable
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero));
    private readonly TemporaryFolder _folder = new();
    private readonly FederationFolder _federation;

    public EnrolmentTests() => _federation = FederationFolder.Create("lung", _folder["lung-ca"], _clock);

    [Fact]
    public void Node_that_asks_is_approved_and_imports_knows_itself_and_all_others_and_the_CA_it_was_told()
    {
        Enrol(NodeRole.Coordinator, "node-1");
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        using NodeCredentials credentials = north.Open(_clock);
        Assert.Equal(new NodeIdentity("lung", NodeRole.Silo, "north"), credentials.Identity);
        Assert.Equal(["fed://lung/coordinator/node-1", "fed://lung/silo/north"], credentials.Members.Nodes().Select(static node => node.Uri));
        Assert.Equal([credentials.Keys.Encryption.KeyId], credentials.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption).Select(static key => key.KeyId));
        Assert.Equal(_federation.AuthorityFingerprint, Fingerprint.Of(X509CertificateLoader.LoadCertificateFromFile(north.Authority).RawData));
        Assert.Equal(64, credentials.BrokerPassword.Length);
    }

    [Fact]
    public void Nothing_secret_is_in_what_travels()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        using NodeCredentials credentials = north.Open(_clock);
        foreach (string path in (string[])[north.Request, north.Members, _federation.MembersPath])
        {
            string text = File.ReadAllText(path);
            Assert.DoesNotContain("PRIVATE", text, StringComparison.Ordinal);
            Assert.DoesNotContain(credentials.BrokerPassword, text, StringComparison.Ordinal);
        }

        if (OperatingSystem.IsWindows()) return;
        string[] secrets = [.. Directory.EnumerateFiles(north.Keys)];
        Assert.Equal(3, secrets.Length);
        foreach (string path in secrets)
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void Request_made_again_before_the_answer_is_the_same_one()
    {
        NodeFolder north = Folder("north");
        EnrolmentRequest first = north.Ask(Site("north"), _clock);
        Assert.Equal(first.Text, north.Ask(Site("north"), _clock).Text);
        File.Delete(Path.Combine(north.Keys, "broker.password"));
        Assert.NotEqual(first.Fingerprint, north.Ask(Site("north"), _clock).Fingerprint);   // another password: it says so
        Assert.Contains("folder of fed://lung/silo/north", Refusal(() => north.Ask(Site("south"), _clock)), StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_covers_the_login_and_is_compared_by_its_digits_alone()
    {
        EnrolmentRequest asked = Folder("north").Ask(Site("north"), _clock), other = Folder("other").Ask(Site("north"), _clock);
        int login = asked.Text.IndexOf("-----BEGIN FEDACTORS", StringComparison.Ordinal);
        EnrolmentRequest changed = EnrolmentRequest.Parse(asked.Text[..login] + other.Text[other.Text.IndexOf("-----BEGIN FEDACTORS", StringComparison.Ordinal)..]);
        Assert.NotEqual(asked.Fingerprint, changed.Fingerprint);
        Assert.NotEqual(asked.Fingerprint, EnrolmentRequest.Parse(asked.Text[..login]).Fingerprint);
        Assert.True(Fingerprint.Same(asked.Fingerprint, asked.Fingerprint.ToUpperInvariant().Replace(' ', ':')));
        Assert.False(Fingerprint.Same(asked.Fingerprint, asked.Fingerprint[..^1]));
        Assert.False(Fingerprint.Same(asked.Fingerprint, ""));
    }

    [Fact]
    public void Approving_twice_changes_nothing()
    {
        EnrolmentRequest request = Folder("north").Ask(Site("north"), _clock);
        EnrolledNode first = _federation.Approve(request, Year);
        string members = File.ReadAllText(_federation.MembersPath);
        Assert.Equal(first.Keys.Select(static key => key.Serial), _federation.Approve(request, Year).Keys.Select(static key => key.Serial));
        Assert.Equal(members, File.ReadAllText(_federation.MembersPath));
    }

    [Fact]
    public void Request_that_cannot_be_approved_says_why_and_leaves_the_folder_as_it_was()
    {
        Enrol(NodeRole.Silo, "north");
        Dictionary<string, string> before = Contents(_folder["lung-ca"]);
        Assert.Contains("--federation lung", Refusal(() => _federation.Approve(Folder("a").Ask(new NodeIdentity("heart", NodeRole.Silo, "south"), _clock), Year)), StringComparison.Ordinal);
        Assert.Contains("belongs to fed://lung/silo/north", Refusal(() => _federation.Approve(Folder("b").Ask(new NodeIdentity("lung", NodeRole.Coordinator, "north"), _clock), Year)), StringComparison.Ordinal);
        using NodeKeys stolen = NodeKeys.LoadOrCreate(Folder("north").Keys);
        Assert.Contains("key of fed://lung/silo/north", Refusal(() => _federation.Approve(EnrolmentRequest.Create(Site("south"), stolen), Year)), StringComparison.Ordinal);
        Assert.Equal(before, Contents(_folder["lung-ca"]));
    }

    [Fact]
    public void Members_file_of_another_CA_is_not_taken_by_who_trusts_one()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        using FederationFolder impostor = FederationFolder.Create("lung", _folder["impostor"], _clock);
        impostor.Approve(EnrolmentRequest.Parse(File.ReadAllText(north.Request)), Year);
        Dictionary<string, string> before = Contents(north.Root);
        Assert.Contains("another CA", Refusal(() => north.Import(MembersFile.Parse(File.ReadAllText(impostor.MembersPath)), _clock, Trusting)), StringComparison.Ordinal);
        Assert.Equal(before, Contents(north.Root));
    }

    [Fact]
    public void First_import_is_not_made_where_the_CA_is_not_trusted()
    {
        NodeFolder north = Folder("north");
        _federation.Approve(north.Ask(Site("north"), _clock), Year);
        Dictionary<string, string> before = Contents(north.Root);
        Assert.Throws<InvalidOperationException>(() => north.Import(Published(), _clock, fingerprint => throw new InvalidOperationException(fingerprint)));
        Assert.Equal(before, Contents(north.Root));
    }

    [Fact]
    public void Import_without_certificates_for_these_keys_is_refused_and_nothing_is_written()
    {
        Enrol(NodeRole.Silo, "south");
        NodeFolder north = Folder("north");
        north.Ask(Site("north"), _clock);
        Dictionary<string, string> before = Contents(north.Root);
        Assert.Contains("no certificates for the keys", Refusal(() => north.Import(Published(), _clock, Trusting)), StringComparison.Ordinal);
        Assert.Equal(before, Contents(north.Root));
        Assert.Contains("not enrolled", Refusal(() => north.Open(_clock).Dispose()), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_members_file_is_refused_at_any_byte_or_says_the_same()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        string text = Published().ToPem();
        for (int at = 0; at < text.Length; at += 3)
        {
            char[] changed = text.ToCharArray();
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            try
            {
                Assert.Equal(text, MembersFile.Parse(new string(changed)).ToPem());
            }
            catch (IdentityException)
            {
                continue;
            }
            catch (Xunit.Sdk.EqualException)
            {
                Assert.NotNull(Record.Exception(() => north.Import(MembersFile.Parse(new string(changed)), _clock, Trusting)));   // a certificate was changed
            }
        }
    }

    [Fact]
    public void Renewal_makes_new_keys_beside_the_old_which_count_until_they_end()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        using NodeCredentials running = north.Open(_clock);
        _clock.Advance(TimeSpan.FromDays(300));
        EnrolmentRequest renewal = north.Ask(Site("north"), _clock);
        Assert.Equal(renewal.Text, north.Ask(Site("north"), _clock).Text);
        Assert.NotEqual(running.Keys.Signer.KeyId, renewal.KeyIds.Signing);
        _federation.Approve(renewal, Year);
        Assert.False(north.Import(Published(), _clock, Trusting).IsPending);

        Assert.True(running.Refresh());
        Assert.False(running.Refresh());
        Assert.Equal(2, running.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption).Length);
        using NodeCredentials restarted = north.Open(_clock);
        Assert.Equal((renewal.KeyIds.Signing, running.BrokerPassword), (restarted.Keys.Signer.KeyId, restarted.BrokerPassword));
        _clock.Advance(TimeSpan.FromDays(66));
        Assert.Equal([restarted.Keys.Encryption.KeyId], running.Members.For(NodeAddress.Silo("north"), CertificateUse.Encryption).Select(static key => key.KeyId));
        Assert.Equal(2, Assert.Single(_federation.Nodes()).Keys.Length);
    }

    [Fact]
    public void Unanswered_renewal_leaves_the_old_keys_in_use()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        using NodeCredentials before = north.Open(_clock);
        north.Ask(Site("north"), _clock);
        Assert.True(north.Import(Published(), _clock, Trusting).IsPending);
        using NodeCredentials after = north.Open(_clock);
        Assert.Equal(before.Keys.Signer.KeyId, after.Keys.Signer.KeyId);
    }

    [Fact]
    public void Revoked_node_is_unknown_to_all_who_import_the_next_file_and_nobody_goes_back()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north"), south = Enrol(NodeRole.Silo, "south");
        north.Import(Published(), _clock, Trusting);
        MembersFile old = Published();
        using NodeCredentials running = north.Open(_clock);
        Assert.Equal(2, running.Members.Nodes().Length);
        _federation.Revoke("south");
        Assert.Equal(["fed://lung/silo/north"], _federation.Nodes().Select(static node => node.Identity.Uri));
        north.Import(Published(), _clock, Trusting);
        Assert.True(running.Refresh());
        Assert.Empty(running.Members.For(NodeAddress.Silo("south"), CertificateUse.Signing));
        Assert.Contains("older", Refusal(() => north.Import(old, _clock, Trusting)), StringComparison.Ordinal);
        Assert.Contains("no certificates for the keys", Refusal(() => south.Import(Published(), _clock, Trusting)), StringComparison.Ordinal);
        Assert.Contains("revoked", Refusal(() => _federation.Approve(EnrolmentRequest.Parse(File.ReadAllText(south.Request)), Year)), StringComparison.Ordinal);
        Assert.Contains("no node called", Refusal(() => _federation.Revoke("south")), StringComparison.Ordinal);
        Assert.Contains("no node called", Refusal(() => _federation.Revoke("../ca")), StringComparison.Ordinal);
        Enrol(NodeRole.Silo, "south", "south-again");   // with new keys
    }

    [Fact]
    public void Broker_knows_each_node_by_the_hash_of_the_password_that_it_made_itself()
    {
        NodeFolder north = Enrol(NodeRole.Silo, "north");
        using NodeCredentials credentials = north.Open(_clock);
        using JsonDocument definitions = JsonDocument.Parse(_federation.BrokerDefinitionsOf(parts: 0));
        JsonElement user = Assert.Single(definitions.RootElement.GetProperty("users").EnumerateArray());
        byte[] stored = user.GetProperty("password_hash").GetBytesFromBase64();
        Assert.Equal("north", user.GetProperty("name").GetString());
        Assert.Equal(System.Security.Cryptography.SHA256.HashData([.. stored[..4], .. System.Text.Encoding.UTF8.GetBytes(credentials.BrokerPassword)]), stored[4..]);
        using NodeKeys keys = NodeKeys.LoadOrCreate(_folder["bare"]);
        _federation.Approve(EnrolmentRequest.Create(Site("bare"), keys), Year);
        Assert.Contains("no login", Refusal(() => _federation.BrokerDefinitionsOf(parts: 0)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_certificate_serves_TLS_under_its_names_and_is_no_nodes()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        _federation.IssueServer(["localhost", "127.0.0.1"], _folder["server"], Year);
        using X509Certificate2 ephemeral = X509Certificate2.CreateFromPemFile(Path.Combine(_folder["server"], "server.crt"), Path.Combine(_folder["server"], "server.key"));
        using X509Certificate2 server = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null), authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_folder["server"], "ca.crt"));
        foreach ((string host, bool isGood) in ((string, bool)[])[("localhost", true), ("127.0.0.1", true), ("elsewhere.example", false)])
        {
            using TcpListener listener = new(IPAddress.Loopback, 0);
            listener.Start();
            using TcpClient client = new();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, stop);
            using TcpClient accepted = await listener.AcceptTcpClientAsync(stop);
            await using SslStream mine = new(client.GetStream()), theirs = new(accepted.GetStream());
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, VerificationTimeIgnored = false, VerificationTime = _clock.GetUtcNow().UtcDateTime };
            policy.CustomTrustStore.Add(authority);
            Task serve = theirs.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = server }, stop);
            Exception? failure = await Record.ExceptionAsync(() => mine.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = policy }, stop));
            await mine.DisposeAsync();
            await Record.ExceptionAsync(() => serve);
            Assert.Equal(isGood, failure is null);
        }

        (CertificateValidator validator, _) = Published().NewMembership(_clock);
        using (validator) Assert.Contains("alternative name", Refusal(() => validator.Read(server.RawData)), StringComparison.Ordinal);
        Assert.Contains("already", Refusal(() => _federation.IssueServer(["localhost"], _folder["server"], Year)), StringComparison.Ordinal);
        Assert.Contains("no host name", Refusal(() => _federation.IssueServer(["broker .example"], _folder["other"], Year)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["other"]));
    }

    [Fact]
    public void Folder_of_a_CA_is_for_one_process_at_a_time()
    {
        Assert.Throws<DataDirectoryInUseException>(() => FederationFolder.Open(_folder["lung-ca"], _clock));
        _federation.Dispose();
        using FederationFolder again = FederationFolder.Open(_folder["lung-ca"], _clock);
        Assert.Equal("lung", again.Federation);
    }

    public void Dispose()
    {
        _federation.Dispose();
        _folder.Dispose();
    }

    private static NodeIdentity Site(string name) => new("lung", NodeRole.Silo, name);

    private static void Trusting(string fingerprint) => Assert.Equal(64 + 15, fingerprint.Length);

    private static string Refusal(Action work) => Assert.Throws<IdentityException>(work).Message;

    private static Dictionary<string, string> Contents(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(static path => Path.GetFileName(path) is not "lock").Order(StringComparer.Ordinal).ToDictionary(static path => path, File.ReadAllText);

    private NodeFolder Folder(string name) => new(_folder[name]);

    private MembersFile Published() => MembersFile.Parse(File.ReadAllText(_federation.MembersPath));

    private NodeFolder Enrol(NodeRole role, string name, string? folder = null)
    {
        NodeFolder node = Folder(folder ?? name);
        _federation.Approve(EnrolmentRequest.Parse(node.Ask(new NodeIdentity("lung", role, name), _clock).Text), Year);
        node.Import(Published(), _clock, Trusting);
        return node;
    }
}
