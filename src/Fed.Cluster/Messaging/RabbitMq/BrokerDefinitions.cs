using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// What a broker needs to know of a federation, as a definitions file: a virtual host, two exchanges, the queues, and a user for each node with the rights of its role and no others. Users configure nothing, publish to one exchange
/// with keys that begin with their own name, and read their own queues.
/// </summary>
/// <remarks>
/// Each user has a topic permission for every topic exchange of the virtual host, since where one is missing everything is allowed; patterns are written out for each user, since the broker would not escape <c>{username}</c>. None of
/// this is what a federation's safety rests on: envelopes are. It keeps strangers' rubbish out.
/// </remarks>
public static class BrokerDefinitions
{
    private const int ControlLengthMax = 10_000;   // older ones go: peers repeat what is not answered
    private const int RequestsLengthMax = 1_000;
    private const long DataBytesMax = 256L * 1024 * 1024;
    private const int BulkTtlMilliseconds = 60_000;   // what nobody takes by then is asked for again
    private static readonly string[] TopicExchanges = [RabbitNames.Up, RabbitNames.Down, "amq.topic", "amq.rabbitmq.trace"];

    /// <summary>Writes the definitions.</summary>
    /// <param name="federation">The federation, and its virtual host.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="parts">Aggregators of parts, numbered from 1.</param>
    /// <param name="passwordHashes">By node, from <see cref="HashPassword"/>.</param>
    /// <exception cref="IdentityException">Two nodes have one name, or one is of another federation.</exception>
    public static string Write(string federation, IReadOnlyCollection<NodeIdentity> nodes, int parts, Func<NodeIdentity, string> passwordHashes)
    {
        foreach (NodeIdentity node in nodes)
        {
            if (node.Federation != federation) throw new IdentityException($"{node} is of another federation than '{federation}'");
            if (nodes.Count(other => other.Name == node.Name) > 1) throw new IdentityException($"two nodes are called '{node.Name}', which is also their user at the broker; enrol one of them under another name");
        }

        Scribe scribe = new(federation);
        foreach (string exchange in (string[])[RabbitNames.Up, RabbitNames.Down]) scribe.Exchange(exchange);
        NodeAddress[] servers = [NodeAddress.Job, NodeAddress.Coordinator, NodeAddress.Aggregator, .. Enumerable.Range(1, parts).Select(NodeAddress.SubAggregator)];
        foreach (NodeAddress server in servers) scribe.Inboxes(server, RabbitNames.Up, RabbitNames.Down);
        foreach (NodeIdentity node in nodes.OrderBy(static node => node.Name, StringComparer.Ordinal))
        {
            bool isSite = node.Role == NodeRole.Silo;
            if (isSite) scribe.Inboxes(NodeAddress.Silo(node.Name), RabbitNames.Down);
            scribe.Data(node.Name, isSite ? [RabbitNames.Down] : [RabbitNames.Up, RabbitNames.Down]);
            scribe.User(node, passwordHashes(node));
        }

        return scribe.ToString();
    }

    /// <summary>Reads what definitions say of a federation.</summary>
    /// <returns>The federation, and the names of its nodes.</returns>
    /// <exception cref="IdentityException">They are not those of one federation.</exception>
    public static (string Federation, ImmutableArray<string> Nodes) Read(string definitions)
    {
        try
        {
            JsonNode all = JsonNode.Parse(definitions)!;
            ImmutableArray<string> hosts = Names(all["vhosts"]!), nodes = Names(all["users"]!);
            if (hosts is [string federation] && nodes.Add(federation).All(NodeIdentity.IsName)) return (federation, nodes);
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new IdentityException($"these are no definitions of a federation ({other.Message}); 'fed federation broker --out FILE' writes them", other);
        }

        throw new IdentityException("these are not the definitions of one federation; 'fed federation broker --out FILE' writes them");
    }

    /// <summary>A password as RabbitMQ stores it: base64 of four random bytes and the SHA-256 of these and the password.</summary>
    public static string HashPassword(string password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(4);
        return Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
    }

    private static ImmutableArray<string> Names(JsonNode rows) => [.. rows.AsArray().Select(static row => row!["name"]!.GetValue<string>())];

    private static string QueuesOf(NodeIdentity node) => node.Role switch
    {
        NodeRole.Silo => $@"^((in|bulk)\.silo\.{node.Name}|data\.{node.Name})$",
        NodeRole.Aggregator => $@"^((in|bulk)\.aggregator(\.[1-9][0-9]*)?|data\.{node.Name})$",
        _ => $@"^((in|bulk)\.(job|coordinator)|data\.{node.Name})$",
    };

    private static string Keys(NodeIdentity node)
    {
        const string Servers = @"job|coordinator|aggregator(\.[1-9][0-9]*)?";
        string recipients = node.Role == NodeRole.Silo ? Servers : $@"{Servers}|silo\.[a-z0-9-]+";
        return $@"^{node.Name}\.((in|bulk)\.({recipients})|data\.[a-z0-9-]+)$";
    }

    private sealed class Scribe(string federation)
    {
        private readonly JsonArray _users = [], _permissions = [], _topicPermissions = [], _exchanges = [], _queues = [], _bindings = [];

        public void Exchange(string name) => _exchanges.Add(new JsonObject
        {
            ["name"] = name, ["vhost"] = federation, ["type"] = "topic", ["durable"] = true, ["auto_delete"] = false, ["internal"] = false, ["arguments"] = new JsonObject(),
        });

        public void Inboxes(NodeAddress address, params string[] exchanges)
        {
            Queue(RabbitNames.Inbox(address), exchanges, new JsonObject { ["x-single-active-consumer"] = true, ["x-max-length"] = ControlLengthMax });
            Queue(RabbitNames.Requests(address), exchanges, new JsonObject { ["x-single-active-consumer"] = true, ["x-max-length"] = RequestsLengthMax, ["x-message-ttl"] = BulkTtlMilliseconds });
        }

        public void Data(string node, params string[] exchanges) =>
            Queue(RabbitNames.Data(node), exchanges, new JsonObject { ["x-single-active-consumer"] = true, ["x-max-length-bytes"] = DataBytesMax, ["x-message-ttl"] = BulkTtlMilliseconds });

        public void User(NodeIdentity node, string passwordHash)
        {
            string exchange = RabbitNames.ExchangeOf(node.Role);
            _users.Add(new JsonObject { ["name"] = node.Name, ["password_hash"] = passwordHash, ["hashing_algorithm"] = "rabbit_password_hashing_sha256", ["tags"] = "" });
            _permissions.Add(new JsonObject { ["user"] = node.Name, ["vhost"] = federation, ["configure"] = "^$", ["write"] = $"^{exchange.Replace(".", "\\.", StringComparison.Ordinal)}$", ["read"] = QueuesOf(node) });
            foreach (string topic in TopicExchanges)
                _topicPermissions.Add(new JsonObject { ["user"] = node.Name, ["vhost"] = federation, ["exchange"] = topic, ["write"] = topic == exchange ? Keys(node) : "^$", ["read"] = "^$" });
        }

        public override string ToString() => new JsonObject
        {
            ["vhosts"] = new JsonArray(new JsonObject { ["name"] = federation }),
            ["users"] = _users, ["permissions"] = _permissions, ["topic_permissions"] = _topicPermissions, ["exchanges"] = _exchanges, ["queues"] = _queues, ["bindings"] = _bindings,
        }.ToJsonString();

        private void Queue(string name, string[] exchanges, JsonObject arguments)
        {
            _queues.Add(new JsonObject { ["name"] = name, ["vhost"] = federation, ["durable"] = true, ["auto_delete"] = false, ["arguments"] = arguments });
            foreach (string exchange in exchanges)
            {
                _bindings.Add(new JsonObject
                {
                    ["source"] = exchange, ["vhost"] = federation, ["destination"] = name, ["destination_type"] = "queue", ["routing_key"] = "*." + name, ["arguments"] = new JsonObject(),
                });
            }
        }
    }
}
