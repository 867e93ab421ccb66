using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd.Security;

/// <summary>The broker as a machine's service: what it reads at each start changes with it, whether or not it answers. In its <c>rabbitmqctl</c>'s place a script writes down what it is asked.</summary>
public sealed class BrokerServiceTests
{
    private const string Script = """
        #!/bin/sh
        shift
        folder=$(dirname "$0")
        echo "$*" >> "$folder/calls"
        if [ "$1" = list_permissions ]; then echo '[{"user":"node-1"},{"user":"north"},{"user":"west"}]'; fi
        if [ -e "$folder/down" ]; then echo "the broker does not run" >&2; exit 69; fi
        """;

    [Fact]
    public void Members_and_passwords_of_the_file_that_a_service_reads_at_each_start_follow_the_federation()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("the script needs a shell");
            return;
        }

        using Workspace workspace = new();
        string authority = workspace.PathOf("lung-ca"), loaded = workspace.PathOf("loaded.json"), definitions = workspace.PathOf("definitions.json"), calls = workspace.PathOf("calls");
        File.SetUnixFileMode(workspace.Write("rabbitmqctl", Script + "\n"), (UnixFileMode)0b111_000_000);
        Dictionary<string, string> environment = new() { ["PATH"] = $"{workspace.PathOf(".")}:{Environment.GetEnvironmentVariable("PATH")}" };
        string own = FedHere.Run("federation", "create", "lung", "--directory", authority, "--json").Succeeded().Json().GetProperty("fingerprint").GetString()!;
        foreach ((string role, string name) in ((string, string)[])[("coordinator", "node-1"), ("silo", "north"), ("silo", "west")]) Enrol(workspace, authority, role, name);
        FedHere.Run("enroll", "import", Path.Combine(authority, "members.pem"), "--directory", workspace.PathOf("north"), "--fingerprint", own).Succeeded();
        FedHere.Run("federation", "broker", "--federation", authority, "--out", loaded).Succeeded();
        File.SetUnixFileMode(loaded, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // West is stolen, and north's password may be known to others.
        FedHere.Run("enroll", "revoke", "west", "--federation", authority).Succeeded();
        File.Delete(Path.Combine(workspace.PathOf("north"), "keys", "broker.password"));
        Enrol(workspace, authority, "silo", "north");
        FedHere.Run("federation", "broker", "--federation", authority, "--out", definitions).Succeeded();
        FedProcess.Run(environment, "federation", "broker", "--definitions", definitions, "--apply", "--load-definitions", loaded).Succeeded();
        Assert.Equal(File.ReadAllText(definitions), File.ReadAllText(loaded));
        Assert.True(File.GetUnixFileMode(loaded).HasFlag(UnixFileMode.OtherRead), "the broker's user cannot read it");
        Assert.Equal(
            [
                $"import_definitions {loaded}", "list_permissions -p lung --formatter json", "delete_user west", "close_all_user_connections west revoked",
                "close_all_user_connections north its password is another one now",
            ],
            File.ReadAllLines(calls));

        // CA and broker on one machine.
        FedProcess.Run(environment, "enroll", "revoke", "north", "--federation", authority, "--apply", "--load-definitions", loaded).Succeeded();
        Assert.Equal(["delete_user north", "close_all_user_connections north revoked"], File.ReadAllLines(calls)[^2..]);
        Assert.DoesNotContain("\"north\"", File.ReadAllText(loaded), StringComparison.Ordinal);
        Assert.Contains("\"node-1\"", File.ReadAllText(loaded), StringComparison.Ordinal);
        workspace.Write("down", "");
        FedResult half = FedProcess.Run(environment, "enroll", "revoke", "node-1", "--federation", authority, "--apply", "--load-definitions", loaded);
        Assert.Equal(1, half.ExitCode);
        Assert.Contains("'node-1' is revoked by list 4", half.Error, StringComparison.Ordinal);
        Assert.Contains("the broker is still to be told", half.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\"node-1\"", File.ReadAllText(loaded), StringComparison.Ordinal);
    }

    private static void Enrol(Workspace workspace, string authority, string role, string name)
    {
        string told = FedHere.Run("enroll", "request", "--federation", "lung", "--role", role, "--name", name, "--directory", workspace.PathOf(name), "--json").Succeeded().Json().GetProperty("fingerprint").GetString()!;
        FedHere.Run("enroll", "approve", Path.Combine(workspace.PathOf(name), "request.pem"), "--federation", authority, "--fingerprint", told).Succeeded();
    }
}
