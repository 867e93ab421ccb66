using Fed.Actors.Ports;

namespace Fed.TestKit.Fakes;

/// <summary>
/// A trainer that does as it is told: what was scripted for a sum, in order, and behind the end of the script, or without one, zeros of weight 1. It notes every request. Thread-safe, as a worker pool needs it.
/// </summary>
/// <example>
/// <code>
/// ScriptedComputation trainer = new ScriptedComputation()
///     .Returns("training", [1, 2], weight: 0.5)
///     .Fails("training", "no rows today");   // the second time
/// </code>
/// </example>
public sealed class ScriptedComputation : ILocalComputation
{
    private readonly Lock _gate = new();
    private readonly List<LocalRequest> _requests = [];
    private readonly SortedDictionary<string, Queue<Func<LocalRequest, CancellationToken, LocalResult>>> _script = new(StringComparer.Ordinal);
    private int[] _progress = [];

    /// <summary>What it was asked to compute, in order.</summary>
    public IReadOnlyList<LocalRequest> Requests
    {
        get
        {
            lock (_gate) return [.. _requests];
        }
    }

    /// <inheritdoc/>
    public bool KeepsSiloState => SiloState is not null;

    /// <summary>Gives the silo's next state; null, the default, keeps none.</summary>
    public Func<LocalRequest, LocalResult, double[], byte[]?>? SiloState { get; init; }

    /// <summary>The next computation of a sum gives these values.</summary>
    public ScriptedComputation Returns(string sum, double[] values, double weight = 1) => Does(sum, (_, _) => new LocalResult(values, weight));

    /// <summary>The next computation of a sum cannot contribute, for a reason that stays at the site.</summary>
    public ScriptedComputation Fails(string sum, string reason) => Does(sum, (_, _) => throw new LocalComputationException(reason));

    /// <summary>The next computation of a sum breaks.</summary>
    public ScriptedComputation Throws(string sum, Exception cause) => Does(sum, (_, _) => throw cause);

    /// <summary>The next computation of a sum does as it likes.</summary>
    public ScriptedComputation Does(string sum, Func<LocalRequest, CancellationToken, LocalResult> compute)
    {
        lock (_gate)
        {
            if (!_script.TryGetValue(sum, out Queue<Func<LocalRequest, CancellationToken, LocalResult>>? next)) _script[sum] = next = new();
            next.Enqueue(compute);
        }

        return this;
    }

    /// <summary>Every computation reports these percentages before it does anything.</summary>
    public ScriptedComputation Reports(params int[] percentages)
    {
        _progress = percentages;
        return this;
    }

    /// <inheritdoc/>
    public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
    {
        Func<LocalRequest, CancellationToken, LocalResult>? scripted = null;
        lock (_gate)
        {
            _requests.Add(request);
            if (_script.TryGetValue(request.Sum, out Queue<Func<LocalRequest, CancellationToken, LocalResult>>? next)) next.TryDequeue(out scripted);
        }

        foreach (int percent in _progress) progressPercent(percent);
        return scripted?.Invoke(request, cancel) ?? new LocalResult(new double[request.Schema.Length], 1);
    }

    /// <inheritdoc/>
    public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => SiloState?.Invoke(request, result, contributed.ToArray());
}
