using Fed.Learning.Algorithms;
using Fed.Learning.Numerics;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Support;

/// <summary>SCAFFOLD, option II, weighted: an algorithm with server state, silo state and two segments, to show that the contract carries such.</summary>
internal sealed class ScaffoldProbe(int steps, double rate) : IFederatedAlgorithm
{
    public ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training("dy", parameters), grid.Training("dc", parameters)];

    public double[] InitialServerState(int parameters) => new double[parameters];

    public ReadOnlySpan<double> Broadcast(double[] serverState) => serverState;

    public void Compute(LocalTask task, LocalVector local)
    {
        double[] c = task.Broadcast.ToArray(), own = task.SiloState?.ToArray() ?? new double[c.Length], y = task.Parameters.ToArray();
        double[] correction = [.. c.Zip(own, static (a, b) => a - b)];
        LocalDescent.Run(task.Work(steps, 0, rate) with { Correction = correction }, y);
        Span<double> dy = local["dy"], dc = local["dc"];
        for (int i = 0; i < y.Length; i++)
        {
            dy[i] = y[i] - task.Parameters.Span[i];
            dc[i] = -c[i] - dy[i] / (steps * rate);
        }
    }

    public bool KeepsSiloState => true;

    public double[]? NextSiloState(LocalTask task, LocalVector contributed)
    {
        double[] next = task.SiloState?.ToArray() ?? new double[task.Parameters.Length];
        FixedOrder.AddScaled(1, contributed["dc"], next);
        return next;
    }

    public ServerUpdate Next(ServerTask task)
    {
        double[] next = [.. task.Parameters], c = [.. task.State], total = task.Sum.Total("dc");
        FixedOrder.AddScaled(1, task.Sum.Mean("dy"), next);
        FixedOrder.AddScaled(1.0 / task.Sum.Samples, total, c);
        return new ServerUpdate(next, c, null);
    }
}
