using Fed.Vectors;

namespace Fed.Actors.Ports;

/// <summary>
/// What a silo does with its data: from a broadcast to a local vector of reals. The runtime clips, weights, rounds to the plan's grid and protects; the computation
/// knows of none of that. Runs on a worker, is deterministic in its arguments, and touches no clock.
/// </summary>
public interface ILocalComputation
{
    /// <summary>Computes the local vector for one sum of a round.</summary>
    /// <exception cref="LocalComputationException">The site cannot contribute (no rows, a non-finite value); the message stays at the site.</exception>
    LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel);

    /// <summary>True when silos keep state of their own from round to round; only then is <see cref="NextSiloState"/> asked.</summary>
    bool KeepsSiloState { get; }

    /// <summary>
    /// The silo-side state (SCAFFOLD's c_k and the like) that follows if the round commits with this silo in it; null where this sum changes none.
    /// Computed from what was contributed, after clipping and rounding, so that site and server agree.
    /// </summary>
    /// <param name="request">The request that was computed.</param>
    /// <param name="result">Its result.</param>
    /// <param name="contributed">The de-quantised contribution with the weight divided out, shape as <see cref="LocalResult.Values"/>.</param>
    byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed);
}

/// <summary>The server's half of a federated program. Pure: the same arguments give the same bytes on every machine (fixed scalar order, only + - x / sqrt on sums).</summary>
public interface IServerProgram
{
    /// <summary>The state before the first sum of round 0.</summary>
    byte[] InitialState();

    /// <summary>What the silos get for one sum.</summary>
    byte[] Broadcast(int round, string sum, ReadOnlyMemory<byte> state);

    /// <summary>From an opened sum to the next state.</summary>
    /// <exception cref="ServerStepException">The opened sum cannot be used (one class in the whole federation, a constant column): the job stops with the message.</exception>
    StepResult Step(StepRequest request);
}

/// <summary>What a silo is asked to compute.</summary>
/// <param name="Round">0 is start-up.</param>
/// <param name="Sum">Name of the sum within the round (<c>training</c>).</param>
/// <param name="Broadcast">What the server published for this sum.</param>
/// <param name="SiloState">The silo's promoted state, or null.</param>
/// <param name="Seed">32 bytes derived from (job seed, round, site name, purpose).</param>
/// <param name="Schema">The sum's schema.</param>
public sealed record LocalRequest(int Round, string Sum, ReadOnlyMemory<byte> Broadcast, ReadOnlyMemory<byte>? SiloState, ReadOnlyMemory<byte> Seed, VectorSchema Schema);

/// <summary>A local vector before clipping, weighting and rounding.</summary>
/// <param name="Values">Shape <c>[schema.Length]</c>, the runtime's own entries (clip count) left zero.</param>
/// <param name="Weight">Multiplies the weighted segments, in (0, 1].</param>
public sealed record LocalResult(double[] Values, double Weight);

/// <summary>An opened sum and where it belongs.</summary>
/// <param name="Round">0 is start-up.</param>
/// <param name="Sum">Name of the sum.</param>
/// <param name="State">The state it was computed against.</param>
/// <param name="Opened">The integers of the opened sum, shape <c>[schema.Length]</c>.</param>
/// <param name="Schema">The sum's schema.</param>
/// <param name="Contributors">How many silos are in it.</param>
public sealed record StepRequest(int Round, string Sum, ReadOnlyMemory<byte> State, ReadOnlyMemory<long> Opened, VectorSchema Schema, int Contributors);

/// <summary>What a server step gives.</summary>
/// <param name="State">The next state.</param>
/// <param name="ModelSha256">SHA-256 (64 hex digits) of the model's parameters as little-endian float64; null before there is a model.</param>
/// <param name="Metrics">Aggregated figures (loss, accuracy, auc, samples ...), ordinal order.</param>
/// <param name="Stop">The stopping rule that fired, or null.</param>
public sealed record StepResult(byte[] State, string? ModelSha256, ImmutableSortedDictionary<string, double> Metrics, string? Stop)
{
    /// <summary>How good the model is, less being better, finite; null where this sum does not tell.</summary>
    public double? Score { get; init; }
}

/// <summary>A site cannot contribute; the message is shown at the site and never leaves it.</summary>
public sealed class LocalComputationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An opened sum cannot be used; the message is the job's reason to stop.</summary>
public sealed class ServerStepException(string message) : Exception(message);
