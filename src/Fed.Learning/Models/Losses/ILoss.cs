namespace Fed.Learning.Models.Losses;

/// <summary>The loss of one row as a function of its scores: all that distinguishes the generalised linear models.</summary>
internal interface ILoss
{
    /// <summary>Scores a row has: 1, or one a class.</summary>
    int Outputs { get; }

    /// <summary>Loss of a row, and its derivative by each score.</summary>
    /// <param name="scores">Shape <c>[Outputs]</c>.</param>
    /// <param name="target">A number, or a class index.</param>
    /// <param name="slopes">Receives the derivatives, shape <c>[Outputs]</c>; may alias <paramref name="scores"/>.</param>
    double Evaluate(ReadOnlySpan<double> scores, double target, Span<double> slopes);

    /// <summary>Second derivatives of a row's loss by its scores.</summary>
    /// <param name="scores">Shape <c>[Outputs]</c>.</param>
    /// <param name="curvature">Receives them, shape <c>[Outputs, Outputs]</c>.</param>
    void Curvature(ReadOnlySpan<double> scores, Span<double> curvature);
}
