using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Fed.TestKit.Servers;

/// <summary>A user of a <see cref="RabbitServer"/> in the virtual host <c>/</c>. Permissions are patterns on names of queues and exchanges, as RabbitMQ has them.</summary>
/// <param name="Name">The name.</param>
/// <param name="Configure">What may be declared and deleted.</param>
/// <param name="Write">What may be published to.</param>
/// <param name="Read">What may be consumed.</param>
public sealed record RabbitUser(string Name, string Configure, string Write, string Read)
{
    /// <summary>Topic permissions: an exchange, and a pattern on the routing keys with which the user may publish to it.</summary>
    public (string Exchange, string Keys)? Topic { get; init; }

    /// <summary>A definitions file with these users, the first of whom may do everything in every virtual host, and whatever another one has.</summary>
    internal static string Definitions(ReadOnlySpan<RabbitUser> users, string password, string? more)
    {
        JsonArray hosts = [new JsonObject { ["name"] = "/" }], all = [], permissions = [], topics = [];
        foreach (RabbitUser user in users)
        {
            all.Add(new JsonObject { ["name"] = user.Name, ["password_hash"] = HashOf(password), ["hashing_algorithm"] = "rabbit_password_hashing_sha256", ["tags"] = "" });
            permissions.Add(new JsonObject { ["user"] = user.Name, ["vhost"] = "/", ["configure"] = user.Configure, ["write"] = user.Write, ["read"] = user.Read });
            if (user.Topic is { } topic) topics.Add(new JsonObject { ["user"] = user.Name, ["vhost"] = "/", ["exchange"] = topic.Exchange, ["write"] = topic.Keys, ["read"] = ".*" });
        }

        JsonObject definitions = new() { ["vhosts"] = hosts, ["users"] = all, ["permissions"] = permissions, ["topic_permissions"] = topics };
        if (more is null) return definitions.ToJsonString();
        foreach ((string key, JsonNode? added) in JsonNode.Parse(more)!.AsObject())
        {
            if (definitions[key] is not JsonArray known) definitions[key] = known = [];
            foreach (JsonNode? item in added!.AsArray())
            {
                known.Add(item!.DeepClone());
                if (key == "vhosts") permissions.Add(new JsonObject { ["user"] = users[0].Name, ["vhost"] = item["name"]!.GetValue<string>(), ["configure"] = ".*", ["write"] = ".*", ["read"] = ".*" });
            }
        }

        return definitions.ToJsonString();
    }

    /// <summary>Base64 of a salt of four bytes and the SHA-256 of salt and password: RabbitMQ's form.</summary>
    private static string HashOf(string password)
    {
        byte[] salt = "salt"u8.ToArray();
        return Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
    }
}
