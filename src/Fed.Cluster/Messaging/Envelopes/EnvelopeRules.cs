using System.Collections.Frozen;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>Which address may say what to which: the table that every receiver goes by, whatever the broker lets through. Who is not in it says nothing.</summary>
internal static class EnvelopeRules
{
    /// <summary>Asks for pieces of a blob.</summary>
    public const string BulkRequest = "bulk-request";

    /// <summary>Says how a blob's pieces will come.</summary>
    public const string BulkGrant = "bulk-grant";

    /// <summary>Asks whoever leads to do something: from a coordinator's machine, through the database.</summary>
    public const string OperatorRequest = "operator-request";

    /// <summary>What a server says of itself, through the database.</summary>
    public const string Presence = "presence";

    private enum Place
    {
        Job,
        Coordinator,
        Aggregator,
        Part,
        Silo,
    }

    private static readonly FrozenSet<(Place From, string Kind, Place To)> Table = Rows().ToFrozenSet();

    public static bool Allows(NodeAddress from, string kind, NodeAddress to) => PlaceOf(from) is { } sender && PlaceOf(to) is { } recipient && Table.Contains((sender, kind, recipient));

    /// <summary>The whole table as text, in order: for tests and documentation.</summary>
    public static IEnumerable<string> Lines => Table.OrderBy(static row => row.Kind, StringComparer.Ordinal).ThenBy(static row => row.From).ThenBy(static row => row.To)
        .Select(static row => $"{row.Kind}: {row.From.ToString().ToLowerInvariant()} to {row.To.ToString().ToLowerInvariant()}");

    private static IEnumerable<(Place, string, Place)> Rows() =>
    [
        .. From(Place.Job, [Place.Silo], "propose-plan", "ask-key-step", "end-job"),
        .. From(Place.Job, [Place.Coordinator], "propose-plan", "start-round", "cancel-round"),
        .. From(Place.Coordinator, [Place.Job], "plan-adopted", "round-report"),
        .. From(Place.Coordinator, [Place.Aggregator, Place.Part], "open-collection", "release-round"),
        .. From(Place.Coordinator, [Place.Silo], "invite", "commit-nonce", "show-nonce", "share-keys", "mask-input", "confirm-contributors", "release-shares", "sign-list", "upload-input", "reprotect-input"),
        .. From(Place.Coordinator, [Place.Silo], "prepare-opening", "evaluate-sum", "verify-opening", "release-opening", "close-round", "keep-models"),
        .. From(Place.Aggregator, [Place.Coordinator], "collection-sealed", "collection-failed", "round-released"),
        .. From(Place.Aggregator, [Place.Silo], "update-answer"),
        .. From(Place.Part, [Place.Coordinator], "round-released"),
        .. From(Place.Part, [Place.Aggregator], "part-sealed"),
        .. From(Place.Part, [Place.Silo], "update-answer"),
        .. From(Place.Silo, [Place.Job], "plan-answer", "answer-key-step", "decline-key-step", "site-present"),
        .. From(Place.Silo, [Place.Coordinator], "beat", "decline-update", "ask-rekeying", "answer-step", "round-settled", "models-kept"),
        .. From(Place.Silo, [Place.Aggregator, Place.Part], "offer-update", "decline-update"),

        // Through the database, and nowhere else.
        .. From(Place.Coordinator, [Place.Coordinator], OperatorRequest, Presence),
        .. From(Place.Aggregator, [Place.Coordinator], Presence),

        // Who fetches from whom; the other way goes what is granted.
        .. Fetching(Place.Silo, Place.Job, Place.Coordinator, Place.Aggregator, Place.Part),   // of parts single ciphertexts
        .. Fetching(Place.Part, Place.Silo, Place.Coordinator),
        .. Fetching(Place.Aggregator, Place.Silo, Place.Part, Place.Coordinator),
        .. Fetching(Place.Coordinator, Place.Silo, Place.Aggregator, Place.Part, Place.Job),
        .. Fetching(Place.Job, Place.Silo, Place.Coordinator),
    ];

    private static IEnumerable<(Place, string, Place)> From(Place from, Place[] to, params string[] kinds) => to.SelectMany(recipient => kinds.Select(kind => (from, kind, recipient)));

    private static IEnumerable<(Place, string, Place)> Fetching(Place receiver, params Place[] sources) => sources.SelectMany(source => new[] { (receiver, BulkRequest, source), (source, BulkGrant, receiver) });

    private static Place? PlaceOf(NodeAddress address) => NodeIdentity.RoleOf(address) switch
    {
        NodeRole.Coordinator => address == NodeAddress.Job ? Place.Job : Place.Coordinator,
        NodeRole.Aggregator => address == NodeAddress.Aggregator ? Place.Aggregator : Place.Part,
        NodeRole.Silo => Place.Silo,
        _ => null,
    };
}
