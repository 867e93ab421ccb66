using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation.Adversary;
using Fed.TestKit.Federation.Faults;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Fed.Vectors;

namespace Fed.TestKit.Federation;

/// <summary>A whole run as data: topology, workload and faults. <see cref="FromSeed"/> draws one; tests also write their own.</summary>
public sealed partial record FederationScenario
{
    private const int KeyStepsMax = 9;

    private static readonly TimeSpan RoundDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Fixes every choice of the run, and by <see cref="FromSeed"/> the scenario too.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The plan's seed: what is trained. Apart from <see cref="Seed"/>, so that runs with other faults can train the same.</summary>
    public ulong JobSeed { get; init; } = 7;

    /// <summary>How each site behaves; their number is the federation's size, 1 to 1000.</summary>
    public ImmutableArray<SiteBehaviour> Sites { get; init; } = [SiteBehaviour.Honest, SiteBehaviour.Honest, SiteBehaviour.Honest];

    /// <summary>Rounds after start-up.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Jobs that run side by side over the same sites, 1 to 3; each trains from a seed of its own, from <see cref="JobSeed"/> on.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>How far the seeds of two jobs are apart; 0 for jobs that train the same.</summary>
    public ulong JobSeedStep { get; init; } = 1;

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

    /// <summary>Until an unanswered message is sent again: short enough for a few tries within a round's deadline. Most steps of a round that waits are spent on this.</summary>
    public TimeSpan ResendInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Rounds for which contributions are retained.</summary>
    public int Retain { get; init; } = int.MaxValue;

    /// <summary>Parameters of secure aggregation; null for plain mode.</summary>
    public SecAggPlan? SecAgg { get; init; }

    /// <summary>Parameters of sums under a common key; null for other modes.</summary>
    public CkksPlan? Ckks { get; init; }

    /// <summary>The plan's word for how its sums are protected.</summary>
    public string Protection => SecAgg is not null ? SecAggPlan.Name : Ckks is not null ? CkksPlan.Name : ProtectionRules.Plain;

    /// <summary>Parts of the roster that are summed by an aggregator each; null for one aggregator.</summary>
    public int? Aggregators { get; init; }

    /// <summary>Crashes of a site in a thousand after which its secret store is an older copy of itself.</summary>
    public int RestoredSecretsPermille { get; init; }

    /// <summary>Per ten thousand steps, how often a site that may be restored is stopped: the first time somebody copies its data directory, the next time the copy comes back.</summary>
    public int RestoredSitesPer10K { get; init; }

    /// <summary>How often an operator pauses, resumes or cancels a job, of 10,000 steps.</summary>
    public int OperatorsPer10K { get; init; }

    /// <summary>Sites that may come back from an older copy, the last ones; where servers lie they are among those of whom the plan assumes that they collude.</summary>
    public int RestorableSites { get; init; }

    /// <summary>What the servers lie about, while faults last.</summary>
    public ServerLies Lies { get; init; }

    /// <summary>What an aggregator lies about beside an honest coordinator, and how many of its reports in ten thousand are such a lie.</summary>
    public ServerLies AggregatorLies { get; init; }

    /// <summary>True for whoever of the plan's colluding sites is in league with the servers: the first ones.</summary>
    internal bool IsAlly(int site) => site < (SecAgg?.Colluding ?? Ckks?.Colluding ?? 0) - (Lies.Any && RestoredSitesPer10K > 0 ? RestorableSites : 0);

    /// <summary>True for a site whose data directory may come back as an older copy.</summary>
    internal bool IsRestorable(int site) => RestoredSitesPer10K > 0 && site >= Sites.Length - RestorableSites;

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

    /// <summary>True for a run whose blobs are kept by production's stores, on disks that forget what was not synced; for whoever runs it (<see cref="FederationStores"/>).</summary>
    public bool IsOnDisks { get; init; }

    /// <summary>Crashes in the middle of writing blobs, per ten thousand steps; only with stores on disks (<see cref="FederationStores"/>).</summary>
    public int TornWorkPer10K { get; init; }

    /// <summary>Appends in a thousand behind which the process dies, before it hears of them.</summary>
    public int CrashesAfterAppendPermille { get; init; }

    /// <summary>Acceptances in a thousand behind which the site's machine and the aggregator's both stop, as soon as the site is told.</summary>
    public int CrashesAfterAcceptPermille { get; init; }

    /// <summary>Appends in a thousand in the middle of which the process dies with its disk.</summary>
    public int TornAppendsPermille { get; init; }

    /// <summary>Partitions in both directions per ten thousand steps.</summary>
    public int PartitionsPer10K { get; init; }

    /// <summary>Partitions in one direction per ten thousand steps.</summary>
    public int OneWayPartitionsPer10K { get; init; }

    /// <summary>Messages of long ago that arrive once more, per ten thousand steps.</summary>
    public int ReplaysPer10K { get; init; }

    /// <summary>Messages of somebody in no roster, per ten thousand steps.</summary>
    public int StrangersPer10K { get; init; }

    /// <summary>Sites that leave for good, per ten thousand steps; at most a third of them leaves.</summary>
    public int DeparturesPer10K { get; init; }

    /// <summary>Sites that die and come back with another key, per ten thousand steps.</summary>
    public int ChangedKeysPer10K { get; init; }

    /// <summary>Disks that fill up for a time, per ten thousand steps.</summary>
    public int FullDisksPer10K { get; init; }

    /// <summary>Messages that may wait at a node's door; one more is lost.</summary>
    public int DoorCapacity { get; init; } = int.MaxValue;

    /// <summary>Processes that stand by for the one that runs the jobs; with any, its journal and blobs are a database that outlives processes, and a lease decides who leads.</summary>
    public int JobStandbys { get; init; }

    /// <summary>Processes that stand by for the coordinator.</summary>
    public int CoordinatorStandbys { get; init; }

    /// <summary>Processes that stand by for the aggregator.</summary>
    public int AggregatorStandbys { get; init; }

    /// <summary>Length of a lease.</summary>
    public TimeSpan LeaseLength { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Leases per ten thousand steps that their database forgets: another may take one while its holder still believes that it leads.</summary>
    public int LostLeasesPer10K { get; init; }

    /// <summary>A moment, most often a short one, in which everything that is switched on strikes more often; null for none.</summary>
    public JobMoment? AimsAt { get; init; }

    /// <summary>True where everything strikes seldom until each job's first round has begun: a key's making takes nine exchanges with everybody, and what comes behind it would seldom be reached.</summary>
    public bool IsGentleAtFirst { get; init; }

    /// <summary>True where sites that decline, or compute no number, also take as long as stragglers: what they do then falls into any moment.</summary>
    public bool OddSitesAreSlow { get; init; }

    /// <summary>Cuts of one process from its database per ten thousand steps.</summary>
    public int DatabaseCutsPer10K { get; init; }

    /// <summary>Pauses (SIGSTOP, then SIGCONT) per ten thousand steps.</summary>
    public int PausesPer10K { get; init; }

    /// <summary>Jumps of a machine's wall clock per ten thousand steps.</summary>
    public int ClockJumpsPer10K { get; init; }

    /// <summary>How far a wall clock jumps at most, forwards or backwards.</summary>
    public TimeSpan ClockJumpMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far the wall clock of a machine is off at most when a process starts on it, forwards or backwards.</summary>
    public TimeSpan ClockSkewMax { get; init; }

    /// <summary>Steps in ten thousand at which time goes on although actors have turns to run.</summary>
    public int StallsPer10K { get; init; }

    /// <summary>Longest time that a process is down, paused or cut off.</summary>
    public TimeSpan OutageMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Virtual time after which nothing goes wrong any more, but for sites that do not behave; counted from when faults strike in earnest.</summary>
    public TimeSpan FaultsFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Virtual time within which the job must have ended once faults have stopped: approval, and for each sum every attempt's deadline, backoff and opening, under a common key with an opening
    /// for each attempt and the keys that the rounds need; plus a minute for restarts and re-sending. Far above what a healthy run takes: a job that needs more is stuck.
    /// </summary>
    public TimeSpan LivenessLimit
    {
        get
        {
            long perSum = Timings.OpeningDeadline.Ticks * (Ckks is null ? 1 : AttemptsMax), keys = Ckks is null ? 0 : (1 + Rounds) * AttemptsMax * KeyStepsMax * (Timings.RoundDeadline.Ticks / 4);
            for (int tries = 0; tries < AttemptsMax; tries++) perSum += Timings.RoundDeadline.Ticks + (Timings.RoundDeadline.Ticks / 2 * tries) + (Timings.RetryBackoff.Ticks << tries);
            return Timings.PlanDeadline + new TimeSpan((LeaseLength.Ticks * 4) + keys + (perSum * (1 + (Rounds * (Evaluates ? 2 : 1))))) + TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>Longest time that a message or a piece of work can be under way.</summary>
    public TimeSpan DelayMax => new(new[] { Links.DelayMax.Ticks, Journals.DelayMax.Ticks * 3, Disks.DelayMax.Ticks * 3, Sites.Any(IsSlow) ? Timings.RoundDeadline.Ticks * 4 : 0 }.Max());

    /// <summary>True for sites that may take longer than a round's deadline.</summary>
    internal bool IsSlow(SiteBehaviour site) => site == SiteBehaviour.Straggler || (OddSitesAreSlow && site is (SiteBehaviour.Declines or SiteBehaviour.NotANumber));

    /// <summary>A quiet federation in which nothing goes wrong.</summary>
    public static FederationScenario Quiet(int sites, int rounds) => new() { Sites = [.. Enumerable.Repeat(SiteBehaviour.Honest, sites)], Rounds = rounds };

    /// <summary>Three sites and one round behind the start-up, in which nothing goes wrong.</summary>
    /// <param name="protection">How its sums are protected.</param>
    public static FederationScenario QuietUnder(string protection) => Quiet(3, 1) with
    {
        SecAgg = protection == SecAggPlan.Name ? new SecAggPlan(0, 0, SecAggPlan.ContributorsMin) : null,
        Ckks = protection == CkksPlan.Name ? Counted(new CkksPlan(0, 2, CkksPlan.ContributorsMin, SumCheckLevel.Fingerprint), evaluates: false) : null,
        Retain = protection == ProtectionRules.Plain ? int.MaxValue : 0,
    };

    /// <summary>In a line, what is switched on.</summary>
    public override string ToString()
    {
        string faults = string.Join(", ", Kinds());
        return $"{Jobs} jobs, {Sites.Length} sites ({Sites.Count(static site => FaultOf(site) is not null)} odd), {Rounds} rounds{(Evaluates ? " of two sums" : "")}{(Aggregators is { } parts ? $", {parts} aggregators below one" : "")}, {Ring}{(SecAgg is null ? "" : $", {SecAggPlan.Name} ({SecAgg.Colluding} may collude)")}{(Ckks is null ? "" : $", {CkksPlan.Name} ({Ckks.Threshold} open, {Ckks.Colluding} may collude, {Ckks.Verification}, {Ckks.OpeningsPerKey} openings a key)")}, fraction {Participation.FractionPpm} ppm, "
            + $"over-selection {Participation.OverSelectionPpm} ppm, quorum {Participation.QuorumPpm} ppm, {AttemptsMax} attempts, retain {Retain}; for {FaultsFor.Ticks / TimeSpan.TicksPerMillisecond} ms{(AimsAt is { } moment ? $", most of all when {moment}" : "")}: {(faults.Length == 0 ? "no faults" : faults)}";
    }
}
