using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.TestKit.Federation;

/// <summary>
/// A server program that learns nothing but forgets nothing: its state is a hash over every opened sum so far, so that one wrong, missing or doubled contribution in any round shows in
/// all states after it.
/// </summary>
public sealed class SumProgram : IServerProgram
{
    /// <summary>The start-up sum; its broadcast never changes.</summary>
    public const string Count = "count";

    /// <summary>The sum of every round.</summary>
    public const string Training = "training";

    /// <summary>The second sum of every round, where a scenario has one; everyone is invited.</summary>
    public const string Evaluation = "evaluation";

    /// <inheritdoc/>
    public byte[] InitialState() => SHA256.HashData("the beginning"u8);

    /// <inheritdoc/>
    /// <remarks>Another one in each round: from an equal base a site that lies about its round could pass its old result off as a new one, and no aggregator could tell.</remarks>
    public byte[] Broadcast(int round, string sum, ReadOnlyMemory<byte> state) => sum == Training ? state.ToArray() : Encoding.UTF8.GetBytes($"{sum} of {Convert.ToHexStringLower(state.Span)}");

    /// <inheritdoc/>
    public StepResult Step(StepRequest request)
    {
        byte[] next = Next(request.State.Span, request.Round, request.Sum, request.Opened.Span);
        return new StepResult(next, Convert.ToHexStringLower(SHA256.HashData(next)), ImmutableSortedDictionary<string, double>.Empty.WithComparers(StringComparer.Ordinal), null) { Score = next[0] };   // some round between the first and the last is the best
    }

    /// <summary>The state that follows on a sum.</summary>
    public static byte[] Next(ReadOnlySpan<byte> state, int round, string sum, ReadOnlySpan<long> opened)
    {
        byte[] content = new byte[state.Length + sizeof(int) + (sizeof(long) * opened.Length)];
        state.CopyTo(content);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(state.Length), round);
        for (int i = 0; i < opened.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(state.Length + sizeof(int) + (i * sizeof(long))), opened[i]);
        return SHA256.HashData([.. content, .. Encoding.UTF8.GetBytes(sum)]);
    }

    /// <summary>What is summed in round 0.</summary>
    public static ImmutableArray<SumPlan> StartSums { get; } = [Plan(Count, everyone: true)];

    /// <summary>What is summed in each later round.</summary>
    public static ImmutableArray<SumPlan> RoundSums(bool evaluates) => evaluates ? [Plan(Training, everyone: false), Plan(Evaluation, everyone: true)] : [Plan(Training, everyone: false)];

    /// <summary>The plan of a sum: four integers of 24 bits, which 64 sites cannot overflow in either ring.</summary>
    public static SumPlan Plan(string name, bool everyone) =>
        new(name, [new Segment("values", [4], SegmentKind.Statistic, 24, 0, GridRounding.Nearest, Weighted: false)], everyone);
}
