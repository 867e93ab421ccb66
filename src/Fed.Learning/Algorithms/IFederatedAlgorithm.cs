using Fed.Learning.Program;

namespace Fed.Learning.Algorithms;

/// <summary>
/// A federated algorithm in the one shape that every protection understands: state -> broadcast -> local vector -> sum -> next state. It knows nothing of grids,
/// transport or who took part. Pure and thread-safe: all state is in the arguments.
/// </summary>
/// <remarks>
/// The program adds to every training sum the weight m_k; an algorithm that divides by something else (members of a cluster, rows of a class) adds its own count segments.
/// The server keeps one flat vector beside the model (momentum, control variates), and each silo may keep one, promoted only when its round commits.
/// </remarks>
public interface IFederatedAlgorithm
{
    /// <summary>The segments of the local vector.</summary>
    /// <param name="parameters">Length of the model.</param>
    /// <param name="grid">The plan's grids; <see cref="GridOptions.Training"/> and <see cref="GridOptions.Count"/> make segments.</param>
    ImmutableArray<Segment> Segments(int parameters, GridOptions grid);

    /// <summary>The server's vector beside the model before the first round; empty when there is none.</summary>
    /// <param name="parameters">Length of the model.</param>
    double[] InitialServerState(int parameters) => [];

    /// <summary>What silos get beside the model.</summary>
    /// <param name="serverState">The server's vector.</param>
    ReadOnlySpan<double> Broadcast(double[] serverState) => [];

    /// <summary>The local work of one round: writes the algorithm's own segments, unweighted.</summary>
    void Compute(LocalTask task, LocalVector local);

    /// <summary>True when silos keep a vector of their own from round to round; only then is <see cref="NextSiloState"/> asked.</summary>
    bool KeepsSiloState => false;

    /// <summary>The silo's vector if the round commits with this silo in it; null keeps none.</summary>
    /// <param name="task">What was computed.</param>
    /// <param name="contributed">What was contributed, after clipping and rounding, with the weight divided out.</param>
    double[]? NextSiloState(LocalTask task, LocalVector contributed) => null;

    /// <summary>The server step. Only + - x / and square roots, in a fixed scalar order.</summary>
    ServerUpdate Next(ServerTask task);
}
