using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Ports;

namespace Fed.TestKit.Fakes;

/// <summary>
/// A server program that does as it is told. Without a script it learns nothing and stays pure: it broadcasts its state, and a step hashes everything of its request but the schema into the next one, so that a
/// wrong, missing or doubled contribution shows in every state after it.
/// </summary>
public sealed class ScriptedProgram : IServerProgram
{
    private readonly List<StepRequest> _requests = [];
    private readonly SortedDictionary<(int Round, string Sum), Func<StepRequest, StepResult>> _script =
        new(Comparer<(int Round, string Sum)>.Create(static (a, b) => a.Round != b.Round ? a.Round.CompareTo(b.Round) : string.CompareOrdinal(a.Sum, b.Sum)));

    /// <summary>The steps that it was asked for, in order; a step may be asked for again, after a crash or for a replay.</summary>
    public IReadOnlyList<StepRequest> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>The state in the beginning.</summary>
    public byte[] First { get; init; } = [0];

    /// <summary>What silos get for a sum; the state itself by default.</summary>
    public Func<int, string, ReadOnlyMemory<byte>, byte[]> Broadcasts { get; init; } = static (_, _, state) => state.ToArray();

    /// <summary>The step of a round and sum does as it likes. It is asked again for a replay, so it must give the same each time.</summary>
    public ScriptedProgram Does(int round, string sum, Func<StepRequest, StepResult> step)
    {
        _script[(round, sum)] = step;
        return this;
    }

    /// <summary>The step of a round and sum gives this state.</summary>
    public ScriptedProgram Returns(int round, string sum, byte[] state) => Does(round, sum, _ => new StepResult(state, null, NoMetrics, null));

    /// <summary>The step of a round and sum fires a stopping rule.</summary>
    public ScriptedProgram Stops(int round, string sum, string rule) => Does(round, sum, request => Hashed(request) with { Stop = rule });

    /// <summary>The step of a round and sum cannot use what was opened.</summary>
    public ScriptedProgram Fails(int round, string sum, string reason) => Does(round, sum, _ => throw new ServerStepException(reason));

    /// <inheritdoc/>
    public byte[] InitialState() => First;

    /// <inheritdoc/>
    public byte[] Broadcast(int round, string sum, ReadOnlyMemory<byte> state) => Broadcasts(round, sum, state);

    /// <inheritdoc/>
    public StepResult Step(StepRequest request)
    {
        lock (_requests) _requests.Add(request);
        return _script.TryGetValue((request.Round, request.Sum), out Func<StepRequest, StepResult>? scripted) ? scripted(request) : Hashed(request);
    }

    private static ImmutableSortedDictionary<string, double> NoMetrics { get; } = ImmutableSortedDictionary<string, double>.Empty.WithComparers(StringComparer.Ordinal);

    private static StepResult Hashed(StepRequest request)
    {
        using MemoryStream content = new();
        using (BinaryWriter writer = new(content, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(request.Round);
            writer.Write(request.Sum);
            writer.Write(request.State.Length);
            writer.Write(request.State.Span);
            foreach (long opened in request.Opened.Span) writer.Write(opened);
            writer.Write(request.Contributors);
        }

        byte[] next = SHA256.HashData(content.ToArray());
        return new StepResult(next, Convert.ToHexStringLower(SHA256.HashData(next)), NoMetrics, null);
    }
}
