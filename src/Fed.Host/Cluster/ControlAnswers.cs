using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Protocol.Job;
using Fed.Host.Configuration;

namespace Fed.Host.Cluster;

/// <summary>What a node answers its operator.</summary>
/// <param name="node">The node.</param>
/// <param name="role">Its role.</param>
/// <param name="coordinator">Its part as a coordinator; null where it is none.</param>
internal sealed class ControlAnswers(NodeRuntime node, string role, CoordinatorPart? coordinator)
{
    /// <summary>True while the node hears and speaks.</summary>
    public bool IsReady => node.Connection.IsReady;

    /// <summary>Answers; null for what is nothing.</summary>
    /// <exception cref="UserException">It cannot be; the message says why.</exception>
    public async Task<string?> AnswerAsync(string method, string path, string body, CancellationToken cancel)
    {
        switch (method, path)
        {
            case ("GET", "/status"):
                return JsonSerializer.Serialize(Status(), ClusterJson.Default.NodeStatus);
            case ("GET", "/sites") when coordinator is not null:
                ImmutableArray<SiteOffer> offers = await Leading(coordinator).OffersAsync(cancel).ConfigureAwait(false);
                return JsonSerializer.Serialize(new OfferedSites([.. offers.Select(static offer => new OfferedColumns(offer.Name, offer.KeyId, JsonElement.Parse(offer.Columns.ToJson())))]), ClusterJson.Default.OfferedSites);
            case ("POST", "/jobs") when coordinator is not null:
                return (await Leading(coordinator).SubmitAsync(Plan(body), cancel).ConfigureAwait(false)).Value;
            default:
                return null;
        }
    }

    private NodeStatus Status() => new(
        node.Kit.Identity.Name, role, Environment.ProcessId, IsReady, node.Observer.Term?.Epoch, node.Observer.Refusals,
        node.Connection.Counters.Refusals.ToImmutableSortedDictionary(static entry => Kebab.From(entry.Key.ToString()), static entry => entry.Value, StringComparer.Ordinal))
    {
        Declines = node.Observer.Declines,
        Sites = coordinator is { IsLeading: true } leading ? leading.Sites() : null,
    };

    private static CoordinatorPart Leading(CoordinatorPart coordinator) => coordinator.IsLeading ? coordinator : throw new UserException("this node does not lead; ask the one that does");

    private static JobPlan Plan(string body)
    {
        try
        {
            return JobPlan.FromJson(body);
        }
        catch (JsonException damaged)
        {
            throw new UserException($"the plan cannot be read: {damaged.Message}", damaged);
        }
    }
}
