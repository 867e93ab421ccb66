using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Cluster.Servers;
using Fed.Host.Commands;
using Fed.Host.Export;
using Fed.Host.History;

namespace Fed.Host.Enrolment;

/// <summary>What the CA's holder does: the bodies of <c>fed federation</c>, <c>fed enroll approve</c> and <c>fed enroll revoke</c>.</summary>
internal static class FederationSteps
{
    private const int DefinitionsMax = 16 * 1024 * 1024;

    /// <summary>Makes a federation.</summary>
    public static int Create(string name, string directory, CommandContext context)
    {
        using FederationFolder federation = FederationFolder.Create(name, directory, TimeProvider.System);
        return Answer.Write(
            context,
            new JsonObject { ["federation"] = federation.Federation, ["directory"] = directory, ["fingerprint"] = federation.AuthorityFingerprint },
            $"The federation '{federation.Federation}' has its CA in {directory}: keep this folder offline, and a backup of it.",
            "Every node needs the CA's fingerprint, over another channel than the files:",
            $"  {federation.AuthorityFingerprint}",
            $"Next, at each node: fed enroll request --federation {federation.Federation} --role silo --name NAME --directory DIR");
    }

    /// <summary>Approves a node's request.</summary>
    public static int Approve(EnrollApproveOptions options, CommandContext context)
    {
        EnrolmentRequest request = EnrolmentRequest.Parse(TextInput.Read(options.Request, "request", lengthMax: 64 * 1024));
        using FederationFolder federation = FederationFolder.Open(options.Federation, TimeProvider.System);
        bool isRenewal = federation.Nodes().Any(node => node.Identity == request.Identity);
        Consent.Require(context, request.Fingerprint, options.Fingerprint, $"the request of {request.Identity}", "'fed enroll request' has printed the right one at the node");
        EnrolledNode node = federation.Approve(request, TimeSpan.FromDays(options.Days));
        return Answer.Write(
            context,
            new JsonObject { ["node"] = node.Identity.Uri, ["fingerprint"] = request.Fingerprint, ["valid-to"] = Day(node.NotAfter), ["renewal"] = isRenewal, ["members"] = federation.MembersPath },
            $"{node.Identity} is {(isRenewal ? "renewed" : "enrolled")} until {Day(node.NotAfter)}.",
            $"Send {federation.MembersPath} to all nodes, which run: fed enroll import members.pem --directory DIR",
            $"{(isRenewal ? "The broker knows it already, unless the node has made its broker.password anew: then tell" : "Tell")} the broker: {Telling(options.Federation)}");
    }

    /// <summary>Takes a node's certificates back.</summary>
    public static int Revoke(EnrollRevokeOptions options, CommandContext context)
    {
        using FederationFolder federation = FederationFolder.Open(options.Federation, TimeProvider.System);
        RabbitControl? broker = options.Broker?.Control();
        RevocationList list = federation.Revoke(options.Node);
        try
        {
            broker?.Remove(options.Node);
        }
        catch (IOException open)
        {
            throw new IOException($"'{options.Node}' is revoked by list {list.Number}, and {federation.MembersPath} is for all nodes; but the broker is still to be told, with fed federation broker --federation {options.Federation} --apply: {open.Message}", open);
        }

        return Answer.Write(
            context,
            new JsonObject { ["node"] = options.Node, ["list"] = (long)list.Number, ["revoked"] = list.Count, ["members"] = federation.MembersPath, ["applied"] = options.Broker is not null },
            $"'{options.Node}' is revoked by list {list.Number}, which has {list.Count} certificates.",
            $"Send {federation.MembersPath} to all nodes, which run: fed enroll import members.pem --directory DIR",
            options.Broker is not null
                ? "The broker has deleted its user, also from what it reads at each start, and closed its connections."
                : $"Close it out at the broker: {Telling(options.Federation)}");
    }

    /// <summary>Lists the nodes that are enrolled.</summary>
    public static int Nodes(string directory, CommandContext context)
    {
        using FederationFolder federation = FederationFolder.Open(directory, TimeProvider.System);
        Table table = new("node", "role", "valid to", "keys");
        foreach (EnrolledNode node in federation.Nodes())
            table.Add(node.Identity.Name, node.Identity.Role.ToString().ToLowerInvariant(), Day(node.NotAfter), node.Keys.Length / Enum.GetValues<CertificateUse>().Length);
        return table.Write(context, "nodes");
    }

    /// <summary>Writes the broker's definitions, or brings the broker to them.</summary>
    public static int Broker(FederationBrokerOptions options, CommandContext context)
    {
        string definitions = options.Definitions is { } file ? TextInput.Read(file, "definitions file", DefinitionsMax) : DefinitionsOf(options.Federation!, options.Parts);
        if (options is { Out: null, Broker: null })
        {
            context.Out.WriteLine(definitions);
            return ExitCodes.Success;
        }

        if (options.Out is not null) AtomicFile.WriteText(options.Out, definitions);
        (string federation, ImmutableArray<string> members) = BrokerDefinitions.Read(definitions);
        ImmutableArray<string> deleted = options.Broker?.Control().Apply(definitions) ?? [];
        int nodes = members.Length;
        string what = $"the virtual host '{federation}' with {nodes} node{(nodes == 1 ? "" : "s")}";
        return Answer.Write(
            context,
            new JsonObject
            {
                ["federation"] = federation, ["nodes"] = nodes, ["out"] = options.Out, ["applied"] = options.Broker is not null, ["deleted"] = new JsonArray([.. deleted.Select(static user => (JsonNode)user)]),
            },
            options.Broker is null
                ? [$"{options.Out} has {what}.", $"At the broker: fed federation broker --definitions {options.Out} --apply"]
                : [$"The broker has {what}, now and at each start.", deleted.IsEmpty ? "It had no user beside them." : $"It has deleted {string.Join(", ", deleted)}, who are no members, and closed their connections."]);
    }

    /// <summary>Certifies a server for TLS.</summary>
    public static int Server(FederationServerOptions options, CommandContext context)
    {
        using FederationFolder federation = FederationFolder.Open(options.Federation, TimeProvider.System);
        federation.IssueServer(options.Hosts, options.Out, TimeSpan.FromDays(options.Days));
        return Answer.Write(
            context,
            new JsonObject { ["hosts"] = new JsonArray([.. options.Hosts.Select(static host => (JsonNode)host)]), ["out"] = options.Out },
            $"{options.Out} has server.key, server.crt and ca.crt for {string.Join(", ", options.Hosts)}.",
            "Bring them to the server over a safe channel, and delete server.key here.");
    }

    private static string DefinitionsOf(string directory, int parts)
    {
        using FederationFolder federation = FederationFolder.Open(directory, TimeProvider.System);
        return federation.BrokerDefinitionsOf(parts);
    }

    private static string Telling(string directory) => $"fed federation broker --federation {directory} --out definitions.json, and there: fed federation broker --definitions definitions.json --apply";

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
