using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Program;

namespace Fed.Learning.Tests.Support;

/// <summary>
/// An algorithm in a plain loop over linear regressions, whose objectives are quadratic: the float64 path, sums of reals in the order of the sites. Or, to show that closed forms need no reals, on a grid of
/// step 2^-48.
/// </summary>
internal sealed class AlgorithmLoop
{
    private static readonly GridOptions Fine = new(RingWidth.Ring64, 62, 48, GridRounding.Nearest, 48, 48, 2, 56);

    private readonly IFederatedAlgorithm _algorithm;
    private readonly GeneralisedLinearModel _model;
    private readonly ImmutableArray<Matrix> _sites;
    private readonly ImmutableArray<int> _weights;
    private readonly VectorSchema _schema;
    private readonly int _cap = 1;
    private readonly bool _isOnGrid;

    /// <summary>Starts at zero.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="sites">Their rows.</param>
    /// <param name="weights">m_k; null counts rows.</param>
    /// <param name="isOnGrid">Whether sums are integers of step 2^-48.</param>
    public AlgorithmLoop(AlgorithmOptions algorithm, IEnumerable<Matrix> sites, IEnumerable<int>? weights = null, bool isOnGrid = false)
    {
        _isOnGrid = isOnGrid;
        _algorithm = algorithm.Create();
        _sites = [.. sites];
        _weights = [.. weights ?? _sites.Select(static site => site.Rows)];
        _model = new GeneralisedLinearModel(ModelKind.Linear, _sites[0].Columns, 0, 0);
        _schema = VectorSchema.Create([.. _algorithm.Segments(_model.Parameters, Fine), Fine.Count(OpenedSum.WeightSegment, 1)]);
        Parameters = new double[_model.Parameters];
        ServerState = _algorithm.InitialServerState(_model.Parameters);
        SiloStates = new double[_sites.Length][];
        while (_cap < _weights.Sum()) _cap *= 2;
    }

    public double[] Parameters { get; set; }

    public double[] ServerState { get; private set; }

    public double[]?[] SiloStates { get; }

    public ServerUpdate? Last { get; private set; }

    /// <summary>What the sites contributed in the last round, before weights, by site.</summary>
    public Dictionary<int, double[]> Contributed { get; } = [];

    public void Run(int rounds, params ReadOnlySpan<int> present)
    {
        int[] contributors = present.IsEmpty ? [.. Enumerable.Range(0, _sites.Length)] : present.ToArray();
        for (int round = 0; round < rounds; round++) Round(contributors);
    }

    private void Round(int[] contributors)
    {
        long[] opened = new long[_schema.Length];
        double[] reals = new double[_schema.Length];
        double[] broadcast = _algorithm.Broadcast(ServerState).ToArray();
        Dictionary<int, double[]?> promoted = [];
        foreach (int k in contributors)
        {
            double[] values = new double[_schema.Length], contributed = new double[_schema.Length];
            LocalTask task = new(_model, _sites[k], Parameters, broadcast, SiloStates[k] is { } state ? state : default(ReadOnlyMemory<double>?), new byte[32], static _ => { }, CancellationToken.None);
            LocalVector local = new(_schema, values);
            local[OpenedSum.WeightSegment][0] = _weights[k];
            _algorithm.Compute(task, local);
            for (int s = 0; s < _schema.Segments.Length; s++)
            {
                Segment segment = _schema.Segments[s];
                double weight = segment.Weighted ? (double)_weights[k] / _cap : 1;
                for (int i = _schema.Offsets[s]; i < _schema.Offsets[s] + segment.Length; i++)
                {
                    long integer = (long)Math.Round(values[i] * weight / segment.Step);
                    opened[i] += integer;
                    reals[i] += values[i] * weight;
                    contributed[i] = _isOnGrid ? integer * segment.Step / weight : values[i];
                }
            }
            Contributed[k] = contributed;
            if (_algorithm.KeepsSiloState) promoted[k] = _algorithm.NextSiloState(task, new LocalVector(_schema, contributed));
        }
        Last = _algorithm.Next(new ServerTask(Parameters, ServerState, new OpenedSum(_schema, opened, _cap, _weights.Sum(), contributors.Length) { Reals = _isOnGrid ? default(ReadOnlyMemory<double>) : reals }));
        (Parameters, ServerState) = (Last.Parameters, Last.State);
        foreach ((int k, double[]? state) in promoted) SiloStates[k] = state;
    }
}
