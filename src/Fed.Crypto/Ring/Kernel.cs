using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <summary>How hot loops are compiled.</summary>
internal static class Kernel
{
    /// <summary>
    /// With all optimizations at the first call, since the JIT's first tier would take a hundred times as long for the first transforms of a process; and never inlined, since several
    /// loops in one method exhaust the JIT's budget for inlining what their bodies are made of.
    /// </summary>
    public const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
