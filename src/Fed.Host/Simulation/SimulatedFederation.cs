using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Presentation;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Simulation;

/// <summary>What a configuration file comes to once its data are read: the sites' rows, and the learning program that all of them will approve.</summary>
internal sealed class SimulatedFederation
{
    private readonly FedConfig _config;
    private readonly ImmutableArray<string> _labels;

    private SimulatedFederation(FedConfig config, ImmutableArray<SiteData> sites, ImmutableArray<string> dropped, ImmutableArray<string> labels, LearningPlan plan, double[]? initial)
    {
        _config = config;
        _labels = labels;
        Sites = sites;
        Dropped = dropped;
        Learning = plan;
        Program = initial is null ? new FederatedProgram(plan) : new FederatedProgram(plan) { Initial = initial };
    }

    /// <summary>The sites with their rows, in ordinal order of their names.</summary>
    public ImmutableArray<SiteData> Sites { get; }

    /// <summary>Sites without training rows, left out.</summary>
    public ImmutableArray<string> Dropped { get; }

    /// <summary>The learning part of the plan.</summary>
    public LearningPlan Learning { get; }

    /// <summary>Its program.</summary>
    public FederatedProgram Program { get; }

    /// <summary>Who contributes where an earlier job says so; null where the plan's rule does.</summary>
    public ImmutableArray<FixedContributors>? Contributors { get; private set; }

    /// <summary>One sentence that must stand beside the job's figures, where its algorithm shares more than sums of sites; else null.</summary>
    public string? Notice => Learning.Algorithm.IsOneSiteARound ? "single sites' models passed from site to site (cyclic transfer): whoever sees a round's model sees one site's" : null;

    /// <summary>Class labels in the order of the model's classes; empty for regression.</summary>
    public ImmutableArray<string> Labels => _labels;

    /// <summary>Reads the data that a configuration names and checks that everything fits together. Writes nothing.</summary>
    /// <exception cref="UserException">A file is missing, a cell is wrong, a site has no rows, the sums do not fit the ring.</exception>
    public static SimulatedFederation Load(FedConfig config, CancellationToken cancel = default)
    {
        try
        {
            return Read(config, cancel);
        }
        catch (DataException e)
        {
            throw new UserException(e.Message, e);
        }
    }

    /// <summary>The sites' trainers by site, where the plan's model is an external one; each runs in a folder of its site's. Starts none.</summary>
    public ImmutableSortedDictionary<string, SiteTrainer> Trainers(DataDirectory data, ILoggerFactory logs)
    {
        ImmutableSortedDictionary<string, SiteTrainer>.Builder trainers = ImmutableSortedDictionary.CreateBuilder<string, SiteTrainer>(StringComparer.Ordinal);
        if (_config.Job.External is { } external)
            foreach (string site in Sites.Select(static site => site.Site))
                trainers.Add(site, new SiteTrainer(
                    site, Learning, new TrainerPlace(OptionsOf(_config, external), Path.Combine(data.Site(site).Root, "trainer")), TimeProvider.System, logs.CreateLogger<SiteTrainer>()));
        return trainers.ToImmutable();
    }

    /// <summary>SHA-256 over every site's rows. It stays on this machine: the plan says nothing of the data, but a job is carried on with the data that it began with.</summary>
    public Digest DataFingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SiteData site in Sites)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{site.Site}\n{site.Train.Rows}\n{site.Test.Rows}\n"));
            foreach (Matrix part in new[] { site.Train, site.Test })
            {
                hash.AppendData(MemoryMarshal.AsBytes<double>(part.Values));
                hash.AppendData(MemoryMarshal.AsBytes<double>(part.Targets));
            }
        }

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>The plan of a job over these sites. Without a roster it is for comparing plans only: nobody counts its ciphertexts.</summary>
    public JobPlan ToPlan(JobId job, ImmutableArray<RosterEntry> roster) => JobPlans.Of(_config.Job, Program, job, roster) with { Contributors = Contributors };

    /// <summary>Repeats an earlier job's contributors.</summary>
    /// <exception cref="UserException">They cannot be those of this plan.</exception>
    public void Repeat(ImmutableArray<FixedContributors>? contributors)
    {
        Contributors = contributors;
        CheckProtection();
    }

    /// <summary>Refuses a plan whose protection cannot hold, before anything is written.</summary>
    /// <exception cref="UserException">It cannot.</exception>
    private void CheckProtection()
    {
        try
        {
            JobPlan plan = ToPlan(new JobId("check"), [.. Sites.Select(static site => new RosterEntry(new SiloId(site.Site), PlanRules.KeyOf(site.Site)))]);
            if (ProtectionRules.Refusal(plan) is { } reason) throw new UserException($"{_config.File}: {reason}");
        }
        catch (CeremonyException e)
        {
            throw new UserException($"{_config.File}: the sums of this plan cannot be encrypted: {e.Message}", e);
        }
    }

    /// <summary>What the report says of the sites.</summary>
    public ImmutableArray<SiteReport> SiteReports() =>
    [
        .. Sites.Select(site => new SiteReport(
            site.Site,
            site.Train.Rows,
            site.Test.Rows,
            _labels.Select((label, index) => KeyValuePair.Create(label, site.Train.Targets.LongCount(y => (int)y == index))).ToImmutableSortedDictionary(StringComparer.Ordinal),
            site.Warnings(Learning.Classes, Learning.Standardise))),
    ];

    private static SimulatedFederation Read(FedConfig config, CancellationToken cancel)
    {
        JobOptions job = config.Job;
        SimulationOptions simulation = config.Simulation;
        ImmutableArray<SiteData> all = ReadSites(config);
        ImmutableArray<SiteData> sites = [.. all.Where(static site => site.Train.Rows > 0)];
        ImmutableArray<string> empty = [.. all.Where(static site => site.Train.Rows == 0).Select(static site => site.Site)];
        if (empty.Length > 0 && simulation.SiteMissing == SiteMissing.Fail)
            throw new UserException($"site {empty[0]} has no training rows in {simulation.DataFile}; give it data, or leave such sites out with simulation.site-missing = drop");
        if (sites.Length < 2) throw new UserException($"{simulation.DataFile} gives {sites.Length} site(s) with training rows; a federation needs at least 2");
        if (sites.FirstOrDefault(static site => !DataDirectory.IsName(site.Site)) is { } odd)
            throw new UserException($"'{odd.Site}' is no site name: use 1 to 40 of the characters a-z A-Z 0-9 _ . -, for example with simulation.site-names");
        config.CheckSites(sites.Length);

        ProbedTrainer? trainer = job.External is { } external ? Probed(config, external, sites[0].Features, cancel) : null;
        LearningPlan plan = job.LearningPlan(sites[0].Features, trainer is null ? null : job.External!.ToModel(job.Data.Classes, trainer.Tensors, trainer.Initial)) with { Schema = sites[0].Schema };
        if (plan.Check() is { } problem) throw new UserException($"{config.File}: {problem}");
        if (trainer is not null && TrainerProbe.Lack(trainer.Abilities, plan) is { } lack) throw new UserException($"{config.File}: trainer '{job.External!.Trainer}': {lack}");
        SimulatedFederation federation = new(config, sites, empty, job.Data.Labels, plan, trainer?.Initial);
        if (federation.Program.CheckCapacity(sites.Length) is [string first, ..]) throw new UserException($"{config.File}: {first}");
        federation.CheckProtection();
        return federation;
    }

    /// <summary>The sites of a configuration, those without training rows too.</summary>
    internal static ImmutableArray<SiteData> ReadSites(FedConfig config)
    {
        SimulationOptions simulation = config.Simulation;
        DataTable table = TableReader.Read(simulation.Source, config.Schema);
        if (table.All.Rows == 0) throw new UserException($"{simulation.DataFile} has no rows; a federation needs data");
        if (simulation.Evaluate == EvaluateChoice.Validation && !table.Roles.Contains(RowRole.Validation)) throw new UserException($"{simulation.DataFile} has no validation rows, on which simulation.split.evaluate asks the rounds to report");
        ImmutableArray<SiteData> sites = Partitioner.Divide(table, simulation.Partition, config.Job.Data.Classes, simulation.SiteNames);
        if (simulation.Shift is { } shift) sites = shift.Apply(table, sites);
        return simulation.Evaluate == EvaluateChoice.Validation ? [.. sites.Select(static site => site with { Test = site.Validation })] : sites;
    }

    private static ProbedTrainer Probed(FedConfig config, ExternalChoice external, ImmutableArray<string> features, CancellationToken cancel)
    {
        TrainerOptions options = OptionsOf(config, external);
        if (external.Sha256 is { } sha256)
            return TrainerProbe.Ask(options, sha256, external.Problem(config.Job.Data.Classes, features), NetworkOptions.InitialSeedOf(config.Job.Seed), external.Initial, cancel);
        throw new UserException($"{config.File}: job.model.sha256 is not set; the files of trainer '{external.Trainer}' have {TrainerProbe.Sha256Of(options)}: once you have read them, write sha256 = that");
    }

    private static TrainerOptions OptionsOf(FedConfig config, ExternalChoice external) =>
        config.Simulation.Trainers.GetValueOrDefault(external.Trainer) ?? config.Node.Trainers.GetValueOrDefault(external.Trainer)
        ?? throw new UserException($"{config.File}: nothing says how to start trainer '{external.Trainer}', which job.model names; write simulation.trainer.{external.Trainer} {{ command = [...], files = [...] }}");
}
