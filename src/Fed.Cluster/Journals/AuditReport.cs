namespace Fed.Cluster.Journals;

/// <summary>What an audit of the chains found.</summary>
/// <param name="Logs">Every log, in ordinal order of the ids.</param>
/// <param name="Findings">Everything that is wrong; empty for a sound journal.</param>
public sealed record AuditReport(ImmutableArray<AuditedLog> Logs, ImmutableArray<AuditFinding> Findings)
{
    /// <summary>True when nothing is wrong.</summary>
    public bool IsSound => Findings.IsEmpty;
}

/// <summary>One log in an audit.</summary>
/// <param name="PersistenceId">Whose.</param>
/// <param name="Events">How many events were read.</param>
/// <param name="LastSequence">Number of the last one.</param>
/// <param name="Head">The stored chain hash of the last one, or the chain's start.</param>
public sealed record AuditedLog(string PersistenceId, long Events, long LastSequence, Digest Head);
