namespace Fed.Learning.Models;

/// <summary>Which parameters a federation shares.</summary>
public static class ParameterMask
{
    /// <summary>For each parameter whether it is shared; one that is not stays at its site. Shape <c>[Parameters]</c>.</summary>
    public static bool[] SharedMask(this IModelShape model) => [.. model.Blocks.SelectMany(static block => Enumerable.Repeat(block.IsShared, block.Length))];
}
