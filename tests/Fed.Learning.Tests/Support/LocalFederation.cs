using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Program;

namespace Fed.Learning.Tests.Support;

/// <summary>
/// A federation in a plain loop: real grid, real ring sums, real server steps, no actors. What the protocol must equal. Or, as the reference of grids, with training sums of float64 in the order of
/// the sites.
/// </summary>
internal sealed class LocalFederation
{
    private readonly FederatedProgram _program;
    private readonly Dictionary<string, SiloProgram> _silos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]?> _siloStates = new(StringComparer.Ordinal);
    private readonly ImmutableArray<SiteData> _sites;
    private readonly string _seed;
    private readonly bool _isReal;

    public LocalFederation(LearningPlan plan, ImmutableArray<SiteData> sites, IFederatedAlgorithm? algorithm = null, string seed = "1", bool isReal = false)
    {
        _isReal = isReal;
        _program = algorithm is null ? new FederatedProgram(plan) : new FederatedProgram(plan, algorithm);
        _sites = sites;
        _seed = seed;
        foreach (SiteData site in sites) _silos.Add(site.Site, new SiloProgram(_program, site));
        Assert.Empty(_program.CheckCapacity(sites.Length));
        State = _program.InitialState();
        Plan = plan;
    }

    public LearningPlan Plan { get; }

    public byte[] State { get; private set; }

    public string? ModelSha256 { get; private set; }

    public long Clipped { get; private set; }

    /// <summary>What silos keep from round to round, by site.</summary>
    public IReadOnlyDictionary<string, byte[]?> SiloStates => _siloStates;

    public ModelSnapshot Model => _program.ReadModel(State);

    /// <summary>Bytes of every opened sum so far, hashed: two runs with one digest summed the same integers.</summary>
    public string SumsSha256 { get; private set; } = "";

    public void Start()
    {
        foreach (ProgramSum sum in _program.StartSums) Sum(0, sum, _sites);
    }

    /// <summary>One round; evaluation by all sites.</summary>
    public (ImmutableSortedDictionary<string, double> Metrics, string? Stop) Round(int round, IEnumerable<SiteData>? invited = null)
    {
        StepOutcome trained = Sum(round, _program.RoundSums[0], [.. invited ?? _sites]);
        Clipped += (long)trained.Metrics[MetricNames.Clipped];
        StepOutcome evaluated = Sum(round, _program.RoundSums[1], _sites);
        Assert.Equal(trained.ModelSha256, evaluated.ModelSha256);
        ModelSha256 = evaluated.ModelSha256;
        return (trained.Metrics.SetItems(evaluated.Metrics), evaluated.Stop);
    }

    public ImmutableSortedDictionary<string, double> Run(int rounds)
    {
        Start();
        ImmutableSortedDictionary<string, double> last = ImmutableSortedDictionary<string, double>.Empty;
        for (int round = 1; round <= rounds; round++) last = Round(round).Metrics;
        return last;
    }

    /// <summary>The last training sum: each site's local vector before weight and grid, and what it contributed, de-quantised.</summary>
    public List<(double[] Values, double[] Contributed, double Weight)> LastVectors { get; } = [];

    private StepOutcome Sum(int round, ProgramSum sum, ImmutableArray<SiteData> contributors)
    {
        RingWidth ring = Plan.Grid.Ring;
        byte[] broadcast = _program.Broadcast(round, sum.Name, State);
        byte[] accumulator = new byte[sum.Schema.Length * RingSum.WordBytes(ring)];
        Dictionary<string, byte[]?> next = new(StringComparer.Ordinal);
        bool isTraining = sum.Name == _program.RoundSums[0].Name;
        double[] reals = new double[sum.Schema.Length];
        if (isTraining) LastVectors.Clear();
        foreach (SiteData site in contributors)
        {
            byte[] seed = SHA256.HashData(Encoding.UTF8.GetBytes($"{_seed}/{round}/{site.Site}/{sum.Name}"));
            byte[]? state = _siloStates.GetValueOrDefault(site.Site);
            ReadOnlyMemory<byte>? kept = state is null ? default(ReadOnlyMemory<byte>?) : state;
            LocalOutcome local = _silos[site.Site].Compute(round, sum.Name, broadcast, kept, seed, static _ => { }, TestContext.Current.CancellationToken);
            ArrayBufferWriter<byte> words = new();
            double[] contributed = new double[local.Values.Length];
            GridEncoder.Encode(sum.Schema, ring, local.Values, local.Weight, seed, words.Write, contributed);
            RingSum.Add(ring, accumulator, words.WrittenSpan);
            for (int s = 0; s < sum.Schema.Segments.Length; s++)
            {
                Segment segment = sum.Schema.Segments[s];
                for (int i = sum.Schema.Offsets[s]; i < sum.Schema.Offsets[s] + segment.Length; i++) reals[i] += local.Values[i] * (segment.Weighted ? local.Weight : 1);
            }
            if (_isReal) local.Values.CopyTo(contributed, 0);
            if (isTraining) LastVectors.Add((local.Values, contributed, local.Weight));
            next[site.Site] = _silos[site.Site].NextSiloState(sum.Name, broadcast, kept, seed, contributed);
        }
        long[] opened = new long[sum.Schema.Length];
        RingSum.Decode(ring, accumulator, opened);
        Assert.Null(SumBounds.Check(sum.Schema, opened, contributors.Length));
        StepOutcome outcome = isTraining && _isReal ? _program.StepReals(State, reals, contributors.Length) : _program.Step(round, sum.Name, State, opened, contributors.Length);
        SumsSha256 = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.ASCII.GetBytes(SumsSha256), .. accumulator]));
        State = outcome.State;
        foreach ((string site, byte[]? promoted) in next)
            if (promoted is not null) _siloStates[site] = promoted;
        return outcome;
    }
}
