using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Fed.Vectors;

namespace Fed.TestKit.Federation;

/// <summary>A whole run as data: topology, workload and faults. <see cref="FromSeed"/> draws one; tests also write their own.</summary>
public sealed record FederationScenario
{
    private static readonly TimeSpan RoundDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Fixes every choice of the run, and by <see cref="FromSeed"/> the scenario too.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The plan's seed: what is trained. Apart from <see cref="Seed"/>, so that runs with other faults can train the same.</summary>
    public ulong JobSeed { get; init; } = 7;

    /// <summary>How each site behaves; their number is the federation's size, 1 to 16.</summary>
    public ImmutableArray<SiteBehaviour> Sites { get; init; } = [SiteBehaviour.Honest, SiteBehaviour.Honest, SiteBehaviour.Honest];

    /// <summary>Rounds after start-up.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Jobs that run side by side over the same sites, 1 to 3; each trains from a seed of its own, from <see cref="JobSeed"/> on.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Whether a round has a second sum, an evaluation.</summary>
    public bool Evaluates { get; init; }

    /// <summary>Ring of the sums.</summary>
    public RingWidth Ring { get; init; } = RingWidth.Ring64;

    /// <summary>Selection, over-selection and quorum.</summary>
    public ParticipationRule Participation { get; init; } = ParticipationRule.All;

    /// <summary>Tries per sum.</summary>
    public int AttemptsMax { get; init; } = 4;

    /// <summary>Deadlines.</summary>
    public PlanTimings Timings { get; init; } = new(RoundDeadline, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(120));

    /// <summary>Rounds for which contributions are retained.</summary>
    public int Retain { get; init; } = int.MaxValue;

    /// <summary>What may happen to messages.</summary>
    public LinkFaults Links { get; init; } = LinkFaults.None;

    /// <summary>A broker between all processes in place of plain links, of which then only the delay counts; null for plain links.</summary>
    public BrokerFaults? Broker { get; init; }

    /// <summary>What may go wrong in journals.</summary>
    public StoreFaults Journals { get; init; } = StoreFaults.None;

    /// <summary>What may go wrong in blob stores, transfers and workers.</summary>
    public StoreFaults Disks { get; init; } = StoreFaults.None;

    /// <summary>Crashes per ten thousand steps.</summary>
    public int CrashesPer10K { get; init; }

    /// <summary>Crashes in the middle of writing blobs, per ten thousand steps; only with stores on disks (<see cref="FederationStores"/>).</summary>
    public int TornWorkPer10K { get; init; }

    /// <summary>Partitions per ten thousand steps.</summary>
    public int PartitionsPer10K { get; init; }

    /// <summary>Pauses (SIGSTOP, then SIGCONT) per ten thousand steps.</summary>
    public int PausesPer10K { get; init; }

    /// <summary>Jumps of a machine's wall clock per ten thousand steps.</summary>
    public int ClockJumpsPer10K { get; init; }

    /// <summary>How far a wall clock jumps at most, forwards or backwards.</summary>
    public TimeSpan ClockJumpMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Steps in ten thousand at which time goes on although actors have turns to run.</summary>
    public int StallsPer10K { get; init; }

    /// <summary>Longest time that a process is down, paused or cut off.</summary>
    public TimeSpan OutageMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Virtual time after which nothing goes wrong any more, but for sites that do not behave.</summary>
    public TimeSpan FaultsFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Virtual time within which the job must have ended once faults have stopped: approval, and for each sum every attempt's deadline, backoff and opening; plus a minute for restarts and
    /// re-sending. Far above what a healthy run takes: a job that needs more is stuck.
    /// </summary>
    public TimeSpan LivenessLimit
    {
        get
        {
            TimeSpan perSum = Timings.OpeningDeadline;
            for (int tries = 0; tries < AttemptsMax; tries++) perSum += Timings.RoundDeadline + (Timings.RoundDeadline / 2 * tries) + (Timings.RetryBackoff * (1 << tries));
            return Timings.PlanDeadline + (perSum * (1 + (Rounds * (Evaluates ? 2 : 1)))) + TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>A quiet federation in which nothing goes wrong.</summary>
    public static FederationScenario Quiet(int sites, int rounds) => new() { Sites = [.. Enumerable.Repeat(SiteBehaviour.Honest, sites)], Rounds = rounds };

    /// <summary>Draws a scenario by swarm: each run switches a random subset of everything on, so that rare combinations are as likely as common ones.</summary>
    public static FederationScenario FromSeed(ulong seed)
    {
        SplitMix64 random = new(seed ^ 0x5EED_5EED_5EED_5EED);
        int Below(int bound) => (int)Math.BigMul(random.Next(), (ulong)bound, out _);
        bool Coin() => Below(2) == 0;
        TimeSpan Up(int milliseconds) => TimeSpan.FromMilliseconds(1 + Below(milliseconds));

        int sites = 2 + Below(Below(4) == 0 ? 15 : 5);
        ImmutableArray<SiteBehaviour> behaviours = [.. Enumerable.Range(0, sites).Select(_ => Below(5) == 0 ? (SiteBehaviour)Below(6) : SiteBehaviour.Honest)];
        if (Coin()) behaviours = [.. behaviours.Select(static behaviour => behaviour == SiteBehaviour.Noisy ? behaviour : SiteBehaviour.Honest)];
        ParticipationRule participation = Below(3) switch
        {
            0 => ParticipationRule.All,
            1 => new(1_000_000, 1_000_000, 0, 300_000 + (100_000 * Below(8))),
            _ => new(300_000 + (100_000 * Below(8)), 1_000_000 + (250_000 * Below(4)), 0, 400_000 + (100_000 * Below(7))),
        };
        return new FederationScenario
        {
            Seed = seed,
            JobSeed = random.Next(),
            Sites = behaviours,
            Rounds = 1 + Below(4),
            Evaluates = Coin(),
            Ring = Coin() ? RingWidth.Ring32 : RingWidth.Ring64,
            Participation = participation,
            AttemptsMax = 2 + Below(4),
            Timings = new(TimeSpan.FromSeconds(5 + Below(20)), TimeSpan.FromSeconds(30 + Below(60)), Up(2000), TimeSpan.FromSeconds(60 + Below(120))),
            Retain = Coin() ? int.MaxValue : Below(3),
            Links = new LinkFaults
            {
                LossPermille = Coin() ? Below(300) : 0,
                DuplicatePermille = Coin() ? Below(300) : 0,
                ReorderPermille = Coin() ? Below(500) : 0,
                DelayMax = Coin() ? Up(3000) : Up(20),
            },
            Journals = new StoreFaults { FailPermille = Below(4) == 0 ? Below(20) : 0, ConflictPermille = Below(8) == 0 ? Below(10) : 0, DelayMax = Coin() ? Up(500) : Up(5) },
            Disks = new StoreFaults { FailPermille = Below(4) == 0 ? Below(30) : 0, DelayMax = Coin() ? Up(1000) : Up(5) },
            CrashesPer10K = Coin() ? Below(120) : 0,
            PartitionsPer10K = Coin() ? Below(60) : 0,
            StallsPer10K = Coin() ? Below(2000) : 0,
            OutageMax = Up(15_000),
            FaultsFor = TimeSpan.FromSeconds(10 + Below(60)),
        };
    }

    /// <summary>In a line, what is switched on.</summary>
    public override string ToString() =>
        $"{Sites.Length} sites ({Sites.Count(static site => site != SiteBehaviour.Honest)} odd), {Rounds} rounds{(Evaluates ? " of two sums" : "")}, {Ring}, fraction {Participation.FractionPpm} ppm, "
        + $"over-selection {Participation.OverSelectionPpm} ppm, quorum {Participation.QuorumPpm} ppm, {AttemptsMax} attempts, retain {Retain}; loss {Links.LossPermille}, doubles {Links.DuplicatePermille}, "
        + $"reorder {Links.ReorderPermille}, journal failures {Journals.FailPermille}, conflicts {Journals.ConflictPermille}, disk failures {Disks.FailPermille} per 1000; "
        + $"crashes {CrashesPer10K}, partitions {PartitionsPer10K}, stalls {StallsPer10K} per 10000";
}
