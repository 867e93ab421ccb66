using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Telemetry;

/// <summary>A site's computation whose duration is told, and whether it failed; not why, which may be about rows.</summary>
internal sealed class TimedComputation(ILocalComputation computation, JobId job, SiloId silo, RoundInstruments instruments) : ILocalComputation
{
    private const int NoAttempt = 0;   // what is computed serves every attempt

    /// <inheritdoc/>
    public bool KeepsSiloState => computation.KeepsSiloState;

    /// <inheritdoc/>
    public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
    {
        DateTimeOffset from = TimeProvider.System.GetUtcNow();
        bool isDone = false;
        try
        {
            LocalResult result = computation.Compute(request, progressPercent, cancel);
            isDone = true;
            return result;
        }
        finally
        {
            DateTimeOffset to = TimeProvider.System.GetUtcNow();
            instruments.Contributed(request.Sum, "computed", to - from);
            instruments.Note("compute", new CollectionId(request.Round, NoAttempt, request.Sum), job, from, to, isDone ? null : "the computation did not succeed", silo: silo);
        }
    }

    /// <inheritdoc/>
    public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => computation.NextSiloState(request, result, contributed);
}
