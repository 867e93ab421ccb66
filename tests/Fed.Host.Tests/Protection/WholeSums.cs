using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Presentation;
using Fed.Host.Protection;
using Fed.Host.Simulation;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Fed.TestKit.Federation;
using Fed.Vectors;

namespace Fed.Host.Tests.Protection;

/// <summary>A federation that learns nothing: so many sites, so many values with a weight each, one sum at start-up and one of a round, through the host's nodes and real cryptography.</summary>
/// <param name="Sites">From 3.</param>
/// <param name="Values">Entries of the weighted segment, from 1.</param>
/// <param name="Rows">Of each site, from 1: its weight.</param>
/// <param name="Ring">Width of the sums.</param>
/// <param name="Bits">Width of an entry.</param>
/// <param name="Seed">Of the values.</param>
internal sealed record WholeSums(int Sites, int Values, ImmutableArray<long> Rows, RingWidth Ring, int Bits, int Seed)
{
    private const long RowsCap = 1L << 20;

    private Segment Weighted => new("values", [Values], SegmentKind.Training, Bits, Bits / 2, GridRounding.Stochastic, Weighted: true);

    private static Segment Counts => new("rows", [1], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false);

    /// <summary>Runs it.</summary>
    /// <param name="protection">The mode, with its parameters in HOCON.</param>
    /// <returns>A hash over every opened sum.</returns>
    public string Run(string protection)
    {
        using TemporaryFolder folder = new();
        FedConfig config = ConfigFile.Load($"job.protection {{ {protection} }}\n");
        DataDirectory data = new(folder.Path);
        using IDisposable hold = data.Acquire();
        using FederationHost host = new(data, [.. Enumerable.Range(0, Sites).Select(static i => $"site-{i}")], config);
        JobPlan plan = PlanOf(config, host.Roster);
        RunMonitor monitor = new(new Nobody(), TimeProvider.System, entries: Values, parts: 0);
        SumProgram program = new();
        Digest initial = host.Blobs.Store(program.InitialState());
        host.Start(plan.Job, program, site => new Drawn(this, site[^1] - '0'), ImmutableSortedDictionary<string, SiteTrainer>.Empty, monitor)(plan, initial);
        JobState ended = monitor.Ended.WaitAsync(Xunit.TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        return ended.Phase == JobPhase.Completed ? ended.ModelSha256! : throw new InvalidOperationException($"{this} under {protection} failed: {ended.Reason}");
    }

    /// <summary>The most values whose sum is in one ciphertext, beside the weights.</summary>
    public int ValuesOfOneCiphertext()
    {
        CkksPlan key = new(0, 2, 3, SumCheckLevel.Fingerprint);
        int low = 1, high = 1 << 20;
        while (high - low > 1)
        {
            int middle = low + ((high - low) / 2);
            VectorSchema schema = (this with { Values = middle }).SumOf(everyone: true, "sum").ToSchema();
            if (CkksTerms.CiphertextsOf(new EncryptionTerms(key, Sites, 2, 3, schema)) == 1) low = middle;
            else high = middle;
        }

        return low;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Sites} sites, {Values} values of {Bits} bits in {Ring}, rows {string.Join(' ', Rows)}, seed {Seed}";

    private SumPlan SumOf(bool everyone, string name) => new(name, [Weighted, Counts], everyone);

    private JobPlan PlanOf(FedConfig config, ImmutableArray<RosterEntry> roster)
    {
        JobOptions options = config.Job;
        JobPlan plan = new()
        {
            Job = new JobId("sums-1"),
            Name = "sums",
            Program = "",
            Ring = Ring,
            Protection = options.Protection.Name,
            StartSums = [SumOf(everyone: true, SumProgram.Count)],
            RoundSums = [SumOf(everyone: false, SumProgram.Training)],
            Roster = roster,
            Rounds = 1,
            Participation = ParticipationRule.All,
            MaxAttempts = 3,
            Timings = options.Timing.Plan,
            Seed = unchecked((ulong)Seed),
            RetainContributions = 0,
            SecAgg = options.Protection.SecAgg,
            Ckks = options.Protection.Ckks,
        };
        return plan with { Ckks = PlannedCiphertexts.Of(plan, CkksTerms.CiphertextsOf) };
    }

    /// <summary>Values at and about the limits of the grid.</summary>
    private sealed class Drawn(WholeSums sums, int site) : ILocalComputation
    {
        public bool KeepsSiloState => false;

        public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
        {
            Random random = new(HashCode.Combine(sums.Seed) + (1_000 * site) + request.Round);
            double[] values = new double[request.Schema.Length];
            double reach = Math.Pow(2, sums.Bits - 1 - (sums.Bits / 2));
            for (int i = 0; i < sums.Values; i++) values[i] = i % 7 == 0 ? reach : reach * ((2 * random.NextDouble()) - 1);
            long counted = Math.Min(sums.Rows[site], RowsCap);
            values[sums.Values] = counted;
            return new LocalResult(values, (double)counted / RowsCap);
        }

        public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => null;
    }

    private sealed class Nobody : IRunObserver
    {
        public void Observe(RunProgress progress)
        {
        }

        public void Dispose()
        {
        }
    }
}
