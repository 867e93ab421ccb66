using Fed.Actors.Ports;
using Fed.Learning.Program;

namespace Fed.Host.Simulation;

/// <summary>A site's learning program behind the runtime's port.</summary>
internal sealed class SiloLearning(SiloProgram program) : ILocalComputation
{
    /// <inheritdoc/>
    public bool KeepsSiloState => program.KeepsSiloState;

    /// <inheritdoc/>
    public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
    {
        try
        {
            LocalOutcome outcome = program.Compute(request.Round, request.Sum, request.Broadcast, request.SiloState, request.Seed, progressPercent, cancel);
            return new LocalResult(outcome.Values, outcome.Weight);
        }
        catch (ProgramException e)
        {
            throw new LocalComputationException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) =>
        program.NextSiloState(request.Sum, request.Broadcast, request.SiloState, request.Seed, contributed);
}

/// <summary>The server's learning program behind the runtime's port.</summary>
internal sealed class ServerLearning(FederatedProgram program) : IServerProgram
{
    /// <inheritdoc/>
    public byte[] InitialState() => program.InitialState();

    /// <inheritdoc/>
    public byte[] Broadcast(int round, string sum, ReadOnlyMemory<byte> state) => program.Broadcast(round, sum, state);

    /// <inheritdoc/>
    public StepResult Step(StepRequest request)
    {
        try
        {
            StepOutcome outcome = program.Step(request.Round, request.Sum, request.State, request.Opened, request.Contributors);
            return new StepResult(outcome.State, outcome.ModelSha256, outcome.Metrics, outcome.Stop) { Score = program.Plan.Stopping.ScoreOf(outcome.Metrics) };
        }
        catch (ProgramException e)
        {
            throw new ServerStepException(e.Message);
        }
    }
}
