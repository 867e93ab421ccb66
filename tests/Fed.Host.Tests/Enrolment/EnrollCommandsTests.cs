using System.Text.Json;
using System.Text.RegularExpressions;
using Fed.Host.Commands;
using Fed.Host.Tests.Configuration;
using Xunit;

namespace Fed.Host.Tests.Enrolment;

/// <summary>The way of three nodes into a federation by the command line alone, and everything that may be typed wrongly on it.</summary>
public sealed partial class EnrollCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [GeneratedRegex("([0-9a-f]{4} ){15}[0-9a-f]{4}", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Digits { get; }

    private string Ca => Path.Combine(_folder.Path, "lung-ca");

    [Fact]
    public void Nodes_come_in_are_listed_known_to_the_broker_and_leave()
    {
        string authority = FingerprintIn(Ok("federation", "create", "lung", "--directory", Ca));
        foreach ((string role, string name) in ((string, string)[])[("coordinator", "node-1"), ("silo", "north")])
        {
            string fingerprint = FingerprintIn(Ok("enroll", "request", "--federation", "lung", "--role", role, "--name", name, "--directory", Node(name)));
            Assert.Contains($"fed://lung/{role}/{name} is enrolled until", Ok("enroll", "approve", Path.Combine(Node(name), "request.pem"), "--federation", Ca, "--fingerprint", fingerprint), StringComparison.Ordinal);
        }

        string members = Path.Combine(Ca, "members.pem");
        Assert.Contains("fed://lung/silo/north knows 1 other node and list 1", Ok("enroll", "import", members, "--directory", Node("north"), "--fingerprint", authority.Replace(" ", "", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("as before", Ok("enroll", "import", members, "--directory", Node("north")), StringComparison.Ordinal);   // the CA is known now
        Assert.Matches("node +role +valid to +keys\nnode-1 +coordinator +20[0-9-]+ +1\nnorth +silo +20[0-9-]+ +1\n", Ok("federation", "nodes", "--federation", Ca));
        using (JsonDocument definitions = JsonDocument.Parse(Ok("federation", "broker", "--federation", Ca)))
            Assert.Equal(["node-1", "north"], definitions.RootElement.GetProperty("users").EnumerateArray().Select(static user => user.GetProperty("name").GetString()));

        string again = FingerprintIn(Ok("enroll", "request", "--federation", "lung", "--role", "silo", "--name", "north", "--directory", Node("north")));
        Assert.Contains("The broker knows it already, unless", Ok("enroll", "approve", Path.Combine(Node("north"), "request.pem"), "--federation", Ca, "--fingerprint", again), StringComparison.Ordinal);

        Assert.Contains("'north' is revoked by list 2, which has 4 certificates", Ok("enroll", "revoke", "north", "--federation", Ca), StringComparison.Ordinal);
        Assert.DoesNotContain("north", Ok("federation", "nodes", "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("no certificates for the keys", Refused("enroll", "import", members, "--directory", Node("north")), StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_that_differs_changes_nothing()
    {
        Ok("federation", "create", "lung", "--directory", Ca);
        Ask("north");
        string request = Path.Combine(Node("north"), "request.pem"), other = new('a', 64);
        Assert.Contains("not the one given", Refused("enroll", "approve", request, "--federation", Ca, "--fingerprint", other), StringComparison.Ordinal);
        Assert.Contains("--fingerprint", Refused("enroll", "approve", request, "--federation", Ca), StringComparison.Ordinal);   // nobody can be asked
        Assert.DoesNotContain("north", Ok("federation", "nodes", "--federation", Ca), StringComparison.Ordinal);
        Run("yes\n", "enroll", "approve", request, "--federation", Ca);
        Assert.Contains("not the one given", Refused("enroll", "import", Path.Combine(Ca, "members.pem"), "--directory", Node("north"), "--fingerprint", other), StringComparison.Ordinal);
        Assert.Equal(["keys", "request.pem"], Directory.EnumerateFileSystemEntries(Node("north")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("yes\n", 0)]
    [InlineData("no\n", 2)]
    [InlineData("y\n", 2)]
    [InlineData("", 2)]
    public void A_person_is_shown_the_fingerprint_and_must_say_yes(string answer, int expected)
    {
        Ok("federation", "create", "lung", "--directory", Ca);
        string fingerprint = Ask("north");
        (int code, _, string error) = Run(answer, "enroll", "approve", Path.Combine(Node("north"), "request.pem"), "--federation", Ca);
        Assert.Equal(expected, code);
        Assert.Contains(fingerprint, error, StringComparison.Ordinal);
        Assert.Equal(expected == 0, Ok("federation", "nodes", "--federation", Ca).Contains("north", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_printed_is_there_as_json()
    {
        using JsonDocument created = JsonDocument.Parse(Ok("federation", "create", "lung", "--directory", Ca, "--json"));
        Assert.Equal("lung", created.RootElement.GetProperty("federation").GetString());
        using JsonDocument asked = JsonDocument.Parse(Ok("enroll", "request", "--federation", "lung", "--role", "silo", "--name", "north", "--directory", Node("north"), "--json"));
        string fingerprint = asked.RootElement.GetProperty("fingerprint").GetString()!;
        using JsonDocument approved = JsonDocument.Parse(Ok("enroll", "approve", asked.RootElement.GetProperty("request").GetString()!, "--federation", Ca, "--fingerprint", fingerprint, "--json"));
        Assert.False(approved.RootElement.GetProperty("renewal").GetBoolean());
        using JsonDocument imported = JsonDocument.Parse(Ok("enroll", "import", approved.RootElement.GetProperty("members").GetString()!, "--directory", Node("north"), "--fingerprint", created.RootElement.GetProperty("fingerprint").GetString()!, "--json"));
        Assert.Equal("fed://lung/silo/north", imported.RootElement.GetProperty("members")[0].GetString());
    }

    [Fact]
    public void The_CAs_key_is_opened_only_where_something_is_signed()
    {
        Ok("federation", "create", "lung", "--directory", Ca);
        Ok("enroll", "approve", Request("north", out string first), "--federation", Ca, "--fingerprint", first);
        File.Delete(Path.Combine(Ca, "ca.key"));
        Assert.Contains("north", Ok("federation", "nodes", "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("\"north\"", Ok("federation", "broker", "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("no ca.key", Refused("enroll", "revoke", "north", "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("no ca.key", Refused("federation", "server", "localhost", "--federation", Ca, "--out", Node("tls")), StringComparison.Ordinal);
        Assert.Contains("no ca.key", Refused("enroll", "approve", Request("south", out string told), "--federation", Ca, "--fingerprint", told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_whose_definitions_are_not_where_they_should_be_is_left_alone_and_nothing_is_revoked()
    {
        Ok("federation", "create", "lung", "--directory", Ca);
        Ok("enroll", "approve", Request("north", out string told), "--federation", Ca, "--fingerprint", told);
        string definitions = Node("definitions.json"), absent = Path.Combine(Node("absent"), "definitions.json"), damaged = _folder.Write("damaged.json", "{ half");
        Assert.Contains($"fed federation broker --definitions {definitions} --apply", Ok("federation", "broker", "--federation", Ca, "--out", definitions), StringComparison.Ordinal);
        foreach (string[] line in (string[][])[["federation", "broker", "--definitions", definitions], ["enroll", "revoke", "north", "--federation", Ca]])
        {
            (int code, string output, string error) = Run(answers: null, [.. line, "--apply", "--load-definitions", absent]);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains($"there is no '{absent}'", error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Node("absent")));
        (int unread, _, string why) = Run(answers: null, "federation", "broker", "--definitions", definitions, "--apply", "--load-definitions", damaged);
        Assert.Equal(1, unread);
        Assert.Contains("cannot be read", why, StringComparison.Ordinal);
        Assert.Equal("{ half", File.ReadAllText(damaged));
        Assert.Contains("north", Ok("federation", "nodes", "--federation", Ca), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_the_broker_that_do_not_go_together_are_refused()
    {
        Ok("federation", "create", "lung", "--directory", Ca);
        string definitions = Node("definitions.json"), other = _folder.Write("other.json", "{}");
        Ok("federation", "broker", "--federation", Ca, "--out", definitions);
        Assert.Contains("expected --federation DIR", Refused("federation", "broker"), StringComparison.Ordinal);
        Assert.Contains("expected --federation DIR", Refused("federation", "broker", "--federation", Ca, "--definitions", definitions, "--apply"), StringComparison.Ordinal);
        Assert.Contains("goes with --apply", Refused("federation", "broker", "--definitions", definitions), StringComparison.Ordinal);
        Assert.Contains("goes with --apply", Refused("federation", "broker", "--definitions", definitions, "--apply", "--out", Node("again.json")), StringComparison.Ordinal);
        Assert.Contains("add --apply", Refused("federation", "broker", "--federation", Ca, "--load-definitions", definitions), StringComparison.Ordinal);
        Assert.Contains("leave --load-definitions out", Refused("federation", "broker", "--definitions", definitions, "--apply", "--load-definitions", definitions, "--broker", Ca), StringComparison.Ordinal);
        Assert.Contains("no definitions of a federation", Refused("federation", "broker", "--definitions", other, "--apply", "--load-definitions", definitions), StringComparison.Ordinal);
        Assert.Contains("does not exist", Refused("federation", "broker", "--definitions", Node("absent.json"), "--apply", "--load-definitions", definitions), StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_are_a_sentence_with_exit_code_2()
    {
        Assert.Contains("a to z", Refused("federation", "create", "Lung", "--directory", Ca), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Ca));
        Ok("federation", "create", "lung", "--directory", Ca);
        Assert.Contains("already", Refused("federation", "create", "lung", "--directory", Ca), StringComparison.Ordinal);
        Assert.Contains("has no CA", Refused("federation", "nodes", "--federation", Node("nowhere")), StringComparison.Ordinal);
        Assert.Contains("silo, coordinator or aggregator", Refused("enroll", "request", "--federation", "lung", "--role", "site", "--name", "north", "--directory", Node("north")), StringComparison.Ordinal);
        Assert.Contains("'North' is no name", Refused("enroll", "request", "--federation", "lung", "--role", "silo", "--name", "North", "--directory", Node("north")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Node("north")));
        Assert.Contains("does not exist", Refused("enroll", "approve", Node("absent.pem"), "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("two parts", Refused("enroll", "approve", Path.Combine(Ca, "ca.crl"), "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("no members file", Refused("enroll", "import", Path.Combine(Ca, "ca.crl"), "--directory", Node("north")), StringComparison.Ordinal);
        Assert.Contains("no node called", Refused("enroll", "revoke", "north", "--federation", Ca), StringComparison.Ordinal);
        Assert.Contains("expected --days from 1 to 3650", Refused("enroll", "approve", "x", "--federation", Ca, "--days", "0"), StringComparison.Ordinal);
        Assert.Contains("expected HOST", Refused("federation", "server", "--federation", Ca, "--out", Node("tls")), StringComparison.Ordinal);
        Assert.Contains("no host name", Refused("federation", "server", "not a host", "--federation", Ca, "--out", Node("tls")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Node("tls")));
        string authority = Path.Combine(Ca, "ca.crt"), password = _folder.Write("password", "x");
        Assert.Contains("'nowhere.crt' does not exist", Refused("federation", "database", "--host", "127.0.0.1", "--authority", "nowhere.crt", "--owner-password-file", password, "--node-password-file", password), StringComparison.Ordinal);
        Assert.Contains("password file", Refused("federation", "database", "--host", "127.0.0.1", "--authority", authority, "--owner-password-file", Node("absent"), "--node-password-file", password), StringComparison.Ordinal);
        Assert.Contains("expected --port", Refused("federation", "database", "--host", "127.0.0.1", "--port", "0", "--authority", authority, "--owner-password-file", password, "--node-password-file", password), StringComparison.Ordinal);
        Ok("federation", "server", "broker.example.org,10.0.0.7", "--federation", Ca, "--out", Node("tls"));
        Assert.Equal(["ca.crt", "server.crt", "server.key"], Directory.EnumerateFiles(Node("tls")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("is no folder", Refused("federation", "nodes", "--federation", Path.Combine(Ca, "ca.crt")), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string FingerprintIn(string text) => Digits.Match(text).Value;

    private static string Ok(params string[] args)
    {
        (int code, string output, string error) = Run(answers: null, args);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private static string Refused(params string[] args)
    {
        (int code, string output, string error) = Run(answers: null, args);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(1, error.Count(static character => character == '\n'));
        return error;
    }

    private static (int Code, string Output, string Error) Run(string? answers, params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = FedCommand.Run(args, output, error, answers is null ? null : new StringReader(answers), TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private string Request(string name, out string fingerprint)
    {
        fingerprint = Ask(name);
        return Path.Combine(Node(name), "request.pem");
    }

    private string Ask(string name) => FingerprintIn(Ok("enroll", "request", "--federation", "lung", "--role", "silo", "--name", name, "--directory", Node(name)));

    private string Node(string name) => Path.Combine(_folder.Path, name);
}
