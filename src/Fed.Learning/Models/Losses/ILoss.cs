namespace Fed.Learning.Models.Losses;

/// <summary>The loss of a row as a function of its scores: all that distinguishes the generalised linear models. Rows are independent, and each one's bits do not depend on which others come with it.</summary>
internal interface ILoss
{
    /// <summary>Scores a row has: 1, or one a class.</summary>
    int Outputs { get; }

    /// <summary>Losses of rows, and their derivatives by each score. Allocates nothing.</summary>
    /// <param name="scores">Shape <c>[rows, Outputs]</c>.</param>
    /// <param name="targets">A number or a class index for each row, shape <c>[rows]</c>.</param>
    /// <param name="slopes">Receives the derivatives, shape <c>[rows, Outputs]</c>; may alias <paramref name="scores"/>.</param>
    /// <param name="losses">Receives the losses, shape <c>[rows]</c>.</param>
    void Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, Span<double> slopes, Span<double> losses);

    /// <summary>Second derivatives of a row's loss by its scores.</summary>
    /// <param name="scores">Shape <c>[Outputs]</c>.</param>
    /// <param name="curvature">Receives them, shape <c>[Outputs, Outputs]</c>.</param>
    void Curvature(ReadOnlySpan<double> scores, Span<double> curvature);
}
