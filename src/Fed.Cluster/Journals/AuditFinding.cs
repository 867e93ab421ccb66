namespace Fed.Cluster.Journals;

/// <summary>What is wrong with a journal.</summary>
public enum AuditFault
{
    /// <summary>The stored bytes of an event do not give its stored hash: it was edited, replaced or reordered.</summary>
    EventChanged,

    /// <summary>An event is missing before another one.</summary>
    EventMissing,

    /// <summary>An event's payload is of a newer version than this program knows.</summary>
    NewerVersion,

    /// <summary>The file, or a row, cannot be read.</summary>
    Unreadable,

    /// <summary>A signed head names an event that the journal does not have: its tail was cut.</summary>
    TailMissing,

    /// <summary>A signed head differs from the journal at its sequence number: history was rewritten.</summary>
    HistoryRewritten,

    /// <summary>A signed head is not signed by the key that it names, or nobody knows that key.</summary>
    SignatureInvalid,

    /// <summary>A stored blob that an event names is missing, or its bytes no longer give its hash.</summary>
    BlobDamaged,

    /// <summary>The model file that a finished job left is missing, or is not the model that the journal names.</summary>
    ModelDamaged,

    /// <summary>What a site tells of its part, in its own journal or an export of it, is not what the journal says of it.</summary>
    SiteDisagrees,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Fault">What kind.</param>
/// <param name="PersistenceId">In whose log.</param>
/// <param name="Sequence">At which event; 0 where it is none in particular.</param>
/// <param name="Message">A sentence for a person.</param>
public sealed record AuditFinding(AuditFault Fault, string PersistenceId, long Sequence, string Message);
