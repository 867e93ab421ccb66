using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>What a node notes of itself: who leads, what was refused, and why it cannot go on. Thread-safe.</summary>
internal sealed partial class NodeObserver(ILogger log) : IFederationObserver
{
    private const int RefusalsKeptMax = 200, ReasonLengthMax = 300;

    private readonly ConcurrentDictionary<string, long> _refusals = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<string> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _refused;
    private volatile Term? _term;

    /// <summary>Told of every event that is on disk, on an actor's turn.</summary>
    public Action<NodeAddress, object>? Happened { get; set; }

    /// <summary>Told when the node leads no longer.</summary>
    public Action? SteppedDown { get; set; }

    /// <summary>The term under which the node leads; null while it does not.</summary>
    public Term? Term => _term;

    /// <summary>Why the node declines to lead; null while it does not.</summary>
    public string? Declines { get; private set; }

    /// <summary>Since when the node leads; null while it does not.</summary>
    public DateTimeOffset? LeadsSince { get; private set; }

    /// <summary>Completes with a sentence when the node cannot go on.</summary>
    public Task<string> Faulted => _fault.Task;

    /// <summary>Messages that were refused.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>What was refused, and how often.</summary>
    public ImmutableSortedDictionary<string, long> Refusals => _refusals.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Recovered(NodeAddress node, JournalHead head, object state) => LogRecovered(node.Value, head.Sequence);

    /// <inheritdoc/>
    public void Journaled(NodeAddress node, JournalHead head, object happened)
    {
        LogHappened(node.Value, head.Sequence, happened.GetType().Name);
        Happened?.Invoke(node, happened);
    }

    /// <inheritdoc/>
    public void Progress(SiloId silo, CollectionId collection, int percent)
    {
    }

    /// <inheritdoc/>
    public void Refused(NodeAddress node, string reason)
    {
        Interlocked.Increment(ref _refused);
        if (reason.Length > ReasonLengthMax) reason = $"{reason.AsSpan(0, ReasonLengthMax)}...";   // a peer's own words may be in it
        string line = $"{node}: {reason}";
        if (_refusals.Count >= RefusalsKeptMax && !_refusals.ContainsKey(line)) return;   // counted, not kept: nobody fills this memory
        if (_refusals.AddOrUpdate(line, 1, static (_, before) => before + 1) == 1) LogRefused(node.Value, reason);
    }

    /// <inheritdoc/>
    public void Leads(NodeAddress role, Term term)
    {
        LeadsSince = TimeProvider.System.GetUtcNow();
        _term = term;
        LogLeads(role.Value, term.Epoch);
    }

    /// <inheritdoc/>
    public void StepsDown(NodeAddress role, Term term, string reason)
    {
        _term = null;
        LeadsSince = null;
        LogStepsDown(role.Value, term.Epoch, reason);
        SteppedDown?.Invoke();
    }

    /// <summary>The node declines to lead, for as long as it runs.</summary>
    public void DeclinesAs(NodeAddress role, string reason)
    {
        Declines = reason;
        LogDeclines(role.Value, reason);
    }

    /// <summary>The node has done what it would have to do as a leader of a role.</summary>
    public void Rehearsed(NodeAddress role, JobId job) => LogRehearsed(role.Value, job.Value);

    /// <inheritdoc/>
    public void Fault(NodeAddress node, Exception cause)
    {
        LogFault(node.Value, cause);
        _fault.TrySetResult($"{node} cannot go on: {cause.Message}");
    }

    [LoggerMessage(5101, LogLevel.Information, "{Node} has recovered {Sequence} events")]
    private partial void LogRecovered(string node, long sequence);

    [LoggerMessage(5102, LogLevel.Debug, "{Node} {Sequence} {Happened}")]
    private partial void LogHappened(string node, long sequence, string happened);

    [LoggerMessage(5103, LogLevel.Information, "{Node} refused: {Reason}")]
    private partial void LogRefused(string node, string reason);

    [LoggerMessage(5104, LogLevel.Information, "leads as {Role}, epoch {Epoch}")]
    private partial void LogLeads(string role, long epoch);

    [LoggerMessage(5105, LogLevel.Warning, "steps down as {Role}, epoch {Epoch}: {Reason}")]
    private partial void LogStepsDown(string role, long epoch, string reason);

    [LoggerMessage(5107, LogLevel.Error, "declines to lead as {Role}: {Reason}; start the program that wrote it, or a newer one")]
    private partial void LogDeclines(string role, string reason);

    [LoggerMessage(5108, LogLevel.Information, "has rehearsed to lead {Job} as {Role}")]
    private partial void LogRehearsed(string role, string job);

    [LoggerMessage(5106, LogLevel.Error, "{Node} cannot go on")]
    private partial void LogFault(string node, Exception cause);
}
