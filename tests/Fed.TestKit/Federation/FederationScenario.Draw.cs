using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation.Adversary;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Federation.Faults;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Fed.Vectors;

namespace Fed.TestKit.Federation;

/// <content>Drawing a scenario from 64 bits.</content>
public sealed partial record FederationScenario
{
    /// <summary>Draws a scenario by swarm: each run switches a random subset of all faults on, few in some runs and many in others, so that rare combinations are as likely as common ones.</summary>
    public static FederationScenario FromSeed(ulong seed) => new Draw(seed).Scenario() with { OperatorsPer10K = OperatorsOf(seed) };

    /// <summary>In an eighth of the runs operators pause, resume and cancel jobs. A stream of its own: they came later.</summary>
    private static int OperatorsOf(ulong seed)
    {
        SplitMix64 random = new(seed ^ 0x0BE2_A702_0BE2_A702);
        return random.Next() % 8 == 0 ? 5 + (int)(random.Next() % 60) : 0;
    }

    /// <summary>
    /// The same scenario under secure aggregation: as many faults, at least four sites, enough of them in each sum to hide one another, time for five exchanges in place of one, no quorum above what
    /// the threshold needs in half of the runs, and secret stores that come back from a backup in some.
    /// </summary>
    public static FederationScenario SecAggFromSeed(ulong seed)
    {
        FederationScenario drawn = FromSeed(seed);
        SplitMix64 random = new(seed ^ 0x5EC4_66ED_5EC4_66ED);
        ImmutableArray<SiteBehaviour> sites = [.. drawn.Sites, .. Enumerable.Repeat(SiteBehaviour.Honest, Math.Max(0, 4 - drawn.Sites.Length))];
        ParticipationRule participation = drawn.Participation.Target(sites.Length, everyone: false) < 4
            ? drawn.Participation with { FractionPpm = 1_000_000, OverSelectionPpm = 1_000_000 }
            : drawn.Participation with { OverSelectionPpm = Math.Min(drawn.Participation.OverSelectionPpm, 1_250_000) };
        if (random.Next() % 2 == 0) participation = participation with { QuorumCount = SecAggPlan.ContributorsMin, QuorumPpm = 0 };
        int colluding = (int)(random.Next() % 2);
        SiteBehaviour bad = (int)(random.Next() % 12) switch { 0 or 1 => SiteBehaviour.BadDeal, 2 or 3 => SiteBehaviour.BadShare, _ => sites[^1] };
        sites = sites.SetItem(sites.Length - 1, bad);
        bool areSecretsRestored = random.Next() % 4 == 0;
        JobMoment? aim = drawn.AimsAt is not null && random.Next() % 2 == 0 ? CeremonyAims[(int)(random.Next() % (ulong)CeremonyAims.Length)] : drawn.AimsAt;
        ServerLies lies = DrawLies(random, ServerLies.All);
        int restorable = lies.Any ? colluding : 1 + (int)(random.Next() % 2);
        int restoredPer10K = random.Next() % 4 == 0 && restorable > 0 && !areSecretsRestored ? 20 + (int)(random.Next() % 100) : 0;
        ServerLies adds = random.Next() % 3 == 0 && !lies.Any ? DrawLies(random, ServerLies.OfAggregators, 500) : default;
        if (restoredPer10K > 0) sites = [.. sites[..^restorable], .. Enumerable.Repeat(SiteBehaviour.Honest, restorable)];
        return drawn with
        {
            Sites = sites,
            Participation = participation,
            Timings = drawn.Timings with { RoundDeadline = new TimeSpan(drawn.Timings.RoundDeadline.Ticks * 4) },
            Retain = 0,
            SecAgg = new SecAggPlan(colluding, 0, SecAggPlan.ContributorsMin),
            RestoredSecretsPermille = areSecretsRestored ? 300 : 0,
            RestoredSitesPer10K = restoredPer10K,
            RestorableSites = restoredPer10K > 0 ? restorable : 0,
            AimsAt = aim,
            Lies = lies,
            AggregatorLies = adds,
        };
    }

    /// <summary>
    /// The same scenario under a common key: as many faults, four to sixteen sites, enough of them in each sum, time for the exchanges, every level of verification, and in a third of the runs a key
    /// that does not last for the whole job. Nine exchanges with all holders make a key and seven open a sum, so most runs have sites to spare, few that never contribute, and faults that begin in
    /// earnest behind the first key: else nearly every fault would strike the key's making, and few jobs would get to an opening.
    /// </summary>
    public static FederationScenario CkksFromSeed(ulong seed)
    {
        FederationScenario drawn = FromSeed(seed);
        SplitMix64 random = new(seed ^ 0xC445_0000_C445_0000);
        int below(int bound) => (int)Math.BigMul(random.Next(), (ulong)bound, out _);
        bool isGentle = below(8) > 0, isRoomy = below(8) > 0;
        int colluding = below(2), needed = CkksPlan.ContributorsMinOf(colluding), least = isRoomy ? needed + CkksSitesSpare : CkksSitesMin;
        ImmutableArray<SiteBehaviour> sites = [.. drawn.Sites.Take(CkksSitesMax), .. Enumerable.Repeat(SiteBehaviour.Honest, Math.Max(0, least - drawn.Sites.Length))];
        if (isRoomy) sites = WithFewOdd(sites, sites.Length / 5);
        int threshold = CkksPlan.ThresholdMin(colluding) + below(isRoomy ? 1 + (sites.Length / 3) : sites.Length - needed + 1);
        SiteBehaviour bad = below(16) switch { 0 or 1 => SiteBehaviour.BadDeal, 2 => SiteBehaviour.BadShare, _ => sites[^1] };
        sites = sites.SetItem(sites.Length - 1, bad);
        SumCheckLevel verification = colluding > 0 ? (SumCheckLevel)(1 + below(2)) : (SumCheckLevel)below(3);
        bool isPart = below(2) == 0 && drawn.Participation.FractionPpm < 1_000_000;
        ParticipationRule participation = drawn.Participation with { OverSelectionPpm = Math.Min(drawn.Participation.OverSelectionPpm, 1_250_000) };
        if (isRoomy || below(2) == 0) participation = participation with { QuorumCount = needed, QuorumPpm = 0 };
        int attempts = Math.Max(isRoomy ? CkksAttemptsMin : 2, drawn.AttemptsMax);
        CkksPlan ckks = Counted(new CkksPlan(colluding, threshold, needed, verification), drawn.Evaluates);
        int target = participation.Target(sites.Length, everyone: false);
        if (!isPart || target < ckks.Needed(participation.Invited(sites.Length, everyone: false), 1)) participation = participation with { FractionPpm = 1_000_000, OverSelectionPpm = 1_000_000 };
        if (below(3) == 0) ckks = ckks with { OpeningsPerKey = CkksPlan.TrialOpenings + (ckks.OpeningsOf(1, attempts) * (1 + below(2))) + ckks.OpeningsOf(0, attempts) };
        drawn = drawn with
        {
            Sites = sites,
            Participation = participation,
            AttemptsMax = attempts,
            Timings = drawn.Timings with { RoundDeadline = new TimeSpan(drawn.Timings.RoundDeadline.Ticks * CkksDeadlineTimes), OpeningDeadline = new TimeSpan(drawn.Timings.OpeningDeadline.Ticks * 2) },
            Retain = 0,
            Aggregators = drawn.Aggregators is { } parts ? Math.Min(parts, sites.Length) : null,
            Ckks = ckks,
            AimsAt = drawn.AimsAt is not null && below(2) == 0 ? CkksAims[below(CkksAims.Length)] : drawn.AimsAt,
            IsGentleAtFirst = isGentle,
            FaultsFor = isGentle ? new TimeSpan(drawn.FaultsFor.Ticks * 2) : drawn.FaultsFor,
            DeparturesPer10K = isRoomy ? Fewer(drawn.DeparturesPer10K) : drawn.DeparturesPer10K,
            ChangedKeysPer10K = isRoomy ? Fewer(drawn.ChangedKeysPer10K) : drawn.ChangedKeysPer10K,
            StallsPer10K = Math.Min(drawn.StallsPer10K, CkksStallsMax),
            Lies = DrawLies(random, ServerLies.Encrypted),
        };
        return drawn.Restoring(seed);
    }

    /// <summary>
    /// In a sixth of the runs under a common key the last site, or the last two, may come back from older copies; where servers lie no more of them than may collude, and in the place of allies. A
    /// stream of its own: they came later.
    /// </summary>
    private FederationScenario Restoring(ulong seed)
    {
        SplitMix64 random = new(seed ^ 0x01D_C0B7_01D_C0B7);
        int restorable = 1 + (int)(random.Next() % 2);
        if (Lies.Any) restorable = Math.Min(restorable, Ckks!.Colluding);
        if (random.Next() % 6 != 0 || restorable == 0) return this;
        return this with
        {
            Sites = [.. Sites[..^restorable], .. Enumerable.Repeat(SiteBehaviour.Honest, restorable)],
            RestoredSitesPer10K = 20 + (int)(random.Next() % 100),
            RestorableSites = restorable,
        };
    }

    /// <summary>The same parameters with the ciphertexts of the sums that are summed here.</summary>
    public static CkksPlan Counted(CkksPlan ckks, bool evaluates) => ckks with
    {
        StartCiphertexts = SumProgram.StartSums.Sum(ToyCollectiveEncryption.CiphertextsOf),
        RoundCiphertexts = SumProgram.RoundSums(evaluates).Sum(ToyCollectiveEncryption.CiphertextsOf),
    };

    private const int CkksSitesMin = 4, CkksSitesMax = 16, CkksSitesSpare = 3, CkksAttemptsMin = 4, CkksDeadlineTimes = 8, CkksStallsMax = 1000;

    /// <summary>A rate of what never heals.</summary>
    private static int Fewer(int rate) => (rate + 9) / 10;

    /// <summary>The same sites, with honest ones in the place of all but the first so many odd ones.</summary>
    private static ImmutableArray<SiteBehaviour> WithFewOdd(ImmutableArray<SiteBehaviour> sites, int odd)
    {
        int left = odd;
        return [.. sites.Select(site => FaultOf(site) is null || left-- > 0 ? site : SiteBehaviour.Honest)];
    }

    private static readonly JobMoment[] CkksAims = [JobMoment.Advertising, JobMoment.Collecting, JobMoment.Confirming, JobMoment.Opening];

    private static readonly JobMoment[] CeremonyAims = [JobMoment.Advertising, JobMoment.Sharing, JobMoment.Collecting, JobMoment.Confirming];

    /// <summary>Servers that lie in half of the runs: about one thing, some things or everything.</summary>
    private static ServerLies DrawLies(SplitMix64 random, ImmutableArray<FaultKind> of, int least = 20)
    {
        int percent = (int)(random.Next() % 8) switch { < 4 => 0, 4 => 10, 5 => 30, 6 => 60, _ => 100 };
        ImmutableArray<FaultKind> kinds = [.. of.Where(_ => (int)(random.Next() % 100) < percent)];
        return ServerLies.Of(least + (int)(random.Next() % (ulong)(15 * least)), kinds.AsSpan());
    }

    /// <summary>The choices of one seed, in a fixed order.</summary>
    private sealed class Draw(ulong seed)
    {
        private readonly SplitMix64 _random = new(seed ^ 0x5EED_5EED_5EED_5EED);
        /// <summary>Moments that pass in a few steps, and are struck seldom unless something aims at them.</summary>
        private static readonly JobMoment[] Aims =
        [
            JobMoment.Preparing, JobMoment.Closing, JobMoment.Sealed, JobMoment.Opening, JobMoment.BackingOff, JobMoment.Between, JobMoment.Ending,
        ];

        private readonly HashSet<FaultKind> _on = [];

        public FederationScenario Scenario()
        {
            JobMoment? aim = Below(2) == 0 ? null : Aims[Below(Aims.Length)];
            int percent = aim is not null ? 50 : Below(10) switch { 0 => 0, < 4 => 15, < 8 => 30, _ => 50 };
            foreach (FaultKind kind in Enum.GetValues<FaultKind>().Where(static kind => kind <= FaultKind.TornWork))   // what only a ceremony has is drawn with it
            {
                if (Below(100) < percent) _on.Add(kind);
            }

            if (aim is not null && Below(4) > 0) _on.Add(FaultKind.Pause);   // what holds sites back until the moment has come
            FederationScenario workload = Workload(aim);
            int parts = new SplitMix64(seed ^ 0x7A3E_7A3E_7A3E_7A3E).Next() % 5 == 0 ? 2 + (int)(seed % 3) : 1;   // a stream of its own: trees came later
            return workload with
            {
                Links = new LinkFaults
                {
                    LossPermille = Rate(FaultKind.Loss, 250),
                    DuplicatePermille = Rate(FaultKind.Duplication, 250),
                    ReorderPermille = Rate(FaultKind.Reordering, 400),
                    DelayMax = _on.Contains(FaultKind.Delay) ? Up(3000) : Up(20),
                },
                Journals = new StoreFaults { FailPermille = Rate(FaultKind.DiskFailure, 12), ConflictPermille = Rate(FaultKind.AppendConflict, 6), DelayMax = _on.Contains(FaultKind.SlowDisk) ? Up(500) : Up(5) },
                Disks = new StoreFaults { FailPermille = Rate(FaultKind.DiskFailure, 20), DelayMax = _on.Contains(FaultKind.SlowDisk) ? Up(1000) : Up(5) },
                JobStandbys = Standbys(),
                CoordinatorStandbys = Standbys(),
                AggregatorStandbys = Standbys(),
                LostLeasesPer10K = Rate(FaultKind.SecondLeader, 100),
                AimsAt = aim,
                OddSitesAreSlow = Below(2) == 0 && aim != JobMoment.Opening && _on.Contains(FaultKind.SlowDisk),
                LeaseLength = TimeSpan.FromSeconds(3 + Below(8)),
                DatabaseCutsPer10K = Rate(FaultKind.DatabaseCut, 60),
                Broker = Broker(),
                PartitionsPer10K = Rate(FaultKind.Partition, 40),
                OneWayPartitionsPer10K = Rate(FaultKind.OneWayPartition, 40),
                ReplaysPer10K = Rate(FaultKind.Replay, 300),
                CrashesPer10K = Rate(FaultKind.Crash, 80),
                Aggregators = parts > 1 ? Math.Min(parts, workload.Sites.Length) : null,
                IsOnDisks = _on.Contains(FaultKind.TornWork),
                TornWorkPer10K = Rate(FaultKind.TornWork, 100),
                CrashesAfterAppendPermille = Rate(FaultKind.CrashAfterAppend, 40),
                TornAppendsPermille = Rate(FaultKind.TornAppend, 40),
                PausesPer10K = Rate(FaultKind.Pause, 40),
                ClockJumpsPer10K = Rate(FaultKind.ClockJump, 40),
                ClockSkewMax = _on.Contains(FaultKind.ClockSkew) ? Up(600_000) : TimeSpan.Zero,
                FullDisksPer10K = Rate(FaultKind.FullDisk, 40),
                DoorCapacity = _on.Contains(FaultKind.MailboxOverflow) ? 1 + Below(4) : int.MaxValue,
                StrangersPer10K = Rate(FaultKind.Stranger, 200),
                DeparturesPer10K = Rate(FaultKind.SiteLeaves, 15),
                ChangedKeysPer10K = Rate(FaultKind.ChangedKey, 25),
                StallsPer10K = Below(2) == 0 ? Below(aim is null ? 2000 : 6000) : 0,
                OutageMax = Up(10_000),
                FaultsFor = TimeSpan.FromSeconds(aim is null ? 5 + Below(25) : 60),
            };
        }

        private FederationScenario Workload(JobMoment? aim)
        {
            ParticipationRule participation = (aim is null ? Below(4) : 1 + Below(3)) switch
            {
                0 => ParticipationRule.All,
                1 => new(1_000_000, 1_000_000, 0, 300_000 + (100_000 * Below(8))),
                _ => new(300_000 + (100_000 * Below(5)), 1_000_000 + (250_000 * Below(3)), 0, 600_000 + (100_000 * Below(5))),   // mostly a part of the roster, so that retries ask others
            };
            int deadline = 4 + Below(9);   // a round that waits for somebody costs a step for each message sent again: few, but more than one
            return new FederationScenario
            {
                Seed = seed,
                JobSeed = _random.Next(),
                Sites = Sites(isOdd: aim is not null),
                Jobs = Below(20) switch { < 16 => 1, < 19 => 2, _ => 3 },
                Rounds = 3 + (Below(3) == 0 ? Below(3) : 0),
                Evaluates = Below(3) == 0,
                Ring = Below(2) == 0 ? RingWidth.Ring32 : RingWidth.Ring64,
                Participation = participation,
                AttemptsMax = 2 + Below(4),
                Timings = new(TimeSpan.FromSeconds(deadline), TimeSpan.FromSeconds(30 + Below(60)), Up(2000), TimeSpan.FromSeconds(60 + Below(120))),
                ResendInterval = TimeSpan.FromSeconds(1 + Below(deadline / 2)),
                Retain = Below(2) == 0 ? int.MaxValue : Below(3),
            };
        }

        /// <summary>Processes that stand by for a server's role: where the database can be cut off or two may lead, one or two of them for about half of the roles.</summary>
        private int Standbys()
        {
            int drawn = Math.Max(0, Below(5) - 2);
            return _on.Contains(FaultKind.DatabaseCut) || _on.Contains(FaultKind.SecondLeader) ? drawn : 0;
        }

        /// <summary>A broker in place of plain links where one of its faults is switched on.</summary>
        private BrokerFaults? Broker()
        {
            int lost = Rate(FaultKind.ConnectionLoss, 60), restarts = Rate(FaultKind.BrokerRestart, 20), unbindings = Rate(FaultKind.Unroutable, 60), heartbeat = 2 + Below(15);
            int? lengthMax = Below(4) == 0 ? 5 + Below(20) : null;
            return lost + restarts + unbindings == 0 ? null : new BrokerFaults { ConnectionLossPer10K = lost, RestartsPer10K = restarts, UnbindingsPer10K = unbindings, Heartbeat = TimeSpan.FromSeconds(heartbeat), LengthMax = lengthMax };
        }

        /// <summary>2 to 64 sites, half of all federations at most 8; some of them odd where their kind is switched on.</summary>
        private ImmutableArray<SiteBehaviour> Sites(bool isOdd)
        {
            int count = Below(100) switch { < 44 => 2 + Below(6), < 56 => 8, < 90 => 9 + Below(8), < 98 => 17 + Below(16), _ => 33 + Below(32) };
            ImmutableArray<SiteBehaviour> odd = [.. Enum.GetValues<SiteBehaviour>().Where(behaviour => FaultOf(behaviour) is { } kind && _on.Contains(kind))];
            int oddPercent = Below(3) == 0 || isOdd ? 40 : 12;
            bool areNoisy = Below(3) == 0;
            ImmutableArray<SiteBehaviour>.Builder sites = ImmutableArray.CreateBuilder<SiteBehaviour>(count);
            for (int i = 0; i < count; i++)
            {
                bool isOne = Below(100) < oddPercent;
                if (isOne && odd.Length > 0) sites.Add(odd[Below(odd.Length)]);
                else sites.Add(areNoisy && Below(3) == 0 ? SiteBehaviour.Noisy : SiteBehaviour.Honest);
            }

            return sites.MoveToImmutable();
        }

        private int Rate(FaultKind kind, int max)
        {
            int rate = 1 + Below(max);   // drawn in any case: switching a kind on or off moves no other choice
            return _on.Contains(kind) ? rate : 0;
        }

        private int Below(int bound) => (int)Math.BigMul(_random.Next(), (ulong)bound, out _);

        private TimeSpan Up(int milliseconds) => TimeSpan.FromMilliseconds(1 + Below(milliseconds));
    }
}
