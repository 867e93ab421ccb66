using System.Collections.Concurrent;
using Fed.Cluster.Messaging.Envelopes;
using Microsoft.Extensions.Logging;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>What a node has seen of its broker and of its peers' envelopes. Refusals are counted by reason and logged at the first, second, fourth, eighth of each, so that nobody can fill a disk with them. Thread-safe.</summary>
public sealed partial class WireCounters(ILogger log)
{
    private readonly ConcurrentDictionary<EnvelopeRefusal, long> _refusals = [];
    private readonly long[] _sent = new long[2], _received = new long[2];   // by lane
    private long _published, _confirmed, _rejected, _returned, _dropped, _unsealed, _taken, _failed, _faulted;

    /// <summary>Control messages that were published, repeated ones included.</summary>
    public long PublishedCount => Interlocked.Read(ref _published);

    /// <summary>Of these, what the broker has confirmed.</summary>
    public long ConfirmedCount => Interlocked.Read(ref _confirmed);

    /// <summary>What it has refused.</summary>
    public long RejectedCount => Interlocked.Read(ref _rejected);

    /// <summary>What it had no queue for: the recipient is not set up at the broker.</summary>
    public long ReturnedCount => Interlocked.Read(ref _returned);

    /// <summary>What was given up: too much waits for a connection, or the broker closed channels over it several times.</summary>
    public long DroppedCount => Interlocked.Read(ref _dropped);

    /// <summary>What could not be sealed: no recipient is enrolled, or it is too large.</summary>
    public long UnsealedCount => Interlocked.Read(ref _unsealed);

    /// <summary>Envelopes that were opened and handed on.</summary>
    public long TakenCount => Interlocked.Read(ref _taken);

    /// <summary>How often a connection or a channel was lost, or not to be had.</summary>
    public long FailedCount => Interlocked.Read(ref _failed);

    /// <summary>Envelopes at which this program itself failed: each a bug, or a full disk.</summary>
    public long FaultedCount => Interlocked.Read(ref _faulted);

    /// <summary>Refused envelopes by reason.</summary>
    public ImmutableSortedDictionary<EnvelopeRefusal, long> Refusals => _refusals.ToImmutableSortedDictionary();

    /// <summary>Bytes of envelopes and pieces that were given to the broker, repeated ones included.</summary>
    public long SentBytes(WireLane lane) => Interlocked.Read(ref _sent[(int)lane]);

    /// <summary>Bytes of envelopes and pieces that came from it.</summary>
    public long ReceivedBytes(WireLane lane) => Interlocked.Read(ref _received[(int)lane]);

    internal void Sent(WireLane lane, int bytes) => Interlocked.Add(ref _sent[(int)lane], bytes);

    internal void Received(WireLane lane, int bytes) => Interlocked.Add(ref _received[(int)lane], bytes);

    internal void Published() => Interlocked.Increment(ref _published);

    internal void Settled(int count, bool isConfirmed) => Interlocked.Add(ref isConfirmed ? ref _confirmed : ref _rejected, count);

    internal void Returned() => Interlocked.Increment(ref _returned);

    internal void Dropped() => Interlocked.Increment(ref _dropped);

    internal void Unsealed() => Interlocked.Increment(ref _unsealed);

    internal void Taken() => Interlocked.Increment(ref _taken);

    internal void Failed(string broker, Exception? reason)
    {
        if (IsRound(Interlocked.Increment(ref _failed))) LogFailed(broker, reason?.GetBaseException().Message ?? "it was closed");
    }

    internal void Faulted(string queue, Exception fault)
    {
        if (IsRound(Interlocked.Increment(ref _faulted))) LogFaulted(queue, fault);
    }

    internal void Refused(string at, EnvelopeException refused)
    {
        long count = _refusals.AddOrUpdate(refused.Refusal, 1, static (_, before) => before + 1);
        if (IsRound(count)) LogRefused(at, refused.Refusal, count, refused.Message);
    }

    private static bool IsRound(long count) => (count & (count - 1)) == 0;

    [LoggerMessage(4001, LogLevel.Warning, "{At} refused an envelope ({Refusal}, {Count} so far): {Reason}")]
    private partial void LogRefused(string at, EnvelopeRefusal refusal, long count, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "a channel to the broker {Broker} is lost, and is opened again: {Reason}")]
    private partial void LogFailed(string broker, string reason);

    [LoggerMessage(4003, LogLevel.Error, "a message from {Queue} could not be handled")]
    private partial void LogFaulted(string queue, Exception fault);
}
