using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation;

/// <summary>A job of the federation: its plan, what the sites compute for it, and the books that are kept of it. Jobs run side by side over the same sites.</summary>
public sealed class SimulatedJob
{
    internal SimulatedJob(FederationScenario scenario, int index, ImmutableArray<SiloId> silos, ToyBugs bugs = ToyBugs.None)
    {
        Id = new JobId($"simulated-{index + 1}");
        Trainers = [.. silos.Select((silo, i) => new SimulatedTrainer(silo, scenario.Sites[i], scenario.Ring))];
        Toy = scenario.SecAgg is null ? null : new ToySecureAggregation(scenario.Seed ^ 0x70F5_EC00_0000_0000 ^ (ulong)index);
        Encryption = scenario.Ckks is null ? null : new ToyCollectiveEncryption(scenario.Seed ^ 0x70F5_C445_0000_0000 ^ (ulong)index) { Bugs = bugs };
        Plan = PlanOf(scenario, Id, scenario.JobSeed + (scenario.JobSeedStep * (ulong)index), silos);
    }

    /// <summary>Its name.</summary>
    public JobId Id { get; }

    /// <summary>What is trained.</summary>
    public JobPlan Plan { get; }

    /// <summary>The sites' computations, in ordinal order, with their notes.</summary>
    public ImmutableArray<SimulatedTrainer> Trainers { get; }

    /// <summary>The local steps of secure aggregation; null in plain mode.</summary>
    public ToySecureAggregation? Toy { get; }

    /// <summary>The local steps of a common key; null in other modes.</summary>
    public ToyCollectiveEncryption? Encryption { get; }

    /// <summary>The server's half of the computation.</summary>
    public SumProgram Program { get; } = new();

    internal JobChecks Checks { get; set; } = null!;

    /// <summary>The job's log at an identity.</summary>
    public string LogOf(SimulatedIdentity identity)
    {
        if (identity.Site >= 0) return FederationNodes.SiloLog(Id, Trainers[identity.Site].Silo);
        return FederationLogs.Of(Id, identity.Address);
    }

    /// <summary>The ciphertexts are counted: sites refuse a plan that states fewer than its sums have.</summary>
    private static JobPlan PlanOf(FederationScenario scenario, JobId job, ulong seed, ImmutableArray<SiloId> silos) => new()
    {
        Job = job,
        Name = "simulated",
        Program = """{"algorithm":"sum"}""",
        Ring = scenario.Ring,
        Protection = scenario.Protection,
        SecAgg = scenario.SecAgg,
        Ckks = scenario.Ckks is { } ckks ? FederationScenario.Counted(ckks, scenario.Evaluates) : null,
        Aggregators = scenario.Aggregators,
        StartSums = SumProgram.StartSums,
        RoundSums = SumProgram.RoundSums(scenario.Evaluates),
        Roster = [.. silos.Select(static silo => new RosterEntry(silo, new SimulatedSigner(NodeAddress.Silo(silo.Value).Value).KeyId))],
        Rounds = scenario.Rounds,
        Participation = scenario.Participation,
        MaxAttempts = scenario.AttemptsMax,
        Timings = scenario.Timings,
        Seed = seed,
        RetainContributions = scenario.Retain,
    };
}
