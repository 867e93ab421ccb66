using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Program;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>Two rounds of the adaptive servers from given mean changes; the expected numbers come from an independent float64 program.</summary>
public sealed class ServerOptimiserGoldenTests
{
    private const int Cap = 1;
    private static readonly double[][] Changes = [[0.2, -0.1, 0], [0.1, 0.05, -0.3]];

    public static TheoryData<AlgorithmOptions, double[]> Golden => new()
    {
        { new FedAdagradOptions(1, null, 0, 1), [1.144023056754, -2.054681851506, 0.400332777779] },
        { new FedAdamOptions(1, null, 0, 1), [1.215333578878, -2.123345036981, 0.403276759491] },
        { new FedYogiOptions(1, null, 0, 1), [1.214869885972, -2.123218667124, 0.403277793201] },
    };

    [Theory]
    [MemberData(nameof(Golden), DisableDiscoveryEnumeration = true)]
    public void Two_rounds_give_the_golden_model(AlgorithmOptions options, double[] expected)
    {
        GridOptions fine = new(RingWidth.Ring64, 62, 48, GridRounding.Nearest, 48, 48, 2, 56);
        IFederatedAlgorithm algorithm = options.Create();
        VectorSchema schema = VectorSchema.Create([.. algorithm.Segments(3, fine), fine.Count(OpenedSum.WeightSegment, 1)]);
        double[] w = [1, -2, 0.5], state = algorithm.InitialServerState(3);
        foreach (double[] change in Changes)
        {
            long[] opened = new long[schema.Length];
            for (int i = 0; i < change.Length; i++) opened[i] = (long)Math.Round(change[i] * (1L << 48));
            opened[schema.Offsets[schema.IndexOf(OpenedSum.WeightSegment)]] = 1;
            ServerUpdate update = algorithm.Next(new ServerTask(w, state, new OpenedSum(schema, opened, Cap, 1, 1)));
            (w, state) = (update.Parameters, update.State);
        }
        for (int i = 0; i < w.Length; i++) Assert.Equal(expected[i], w[i], 5e-12);
    }
}
