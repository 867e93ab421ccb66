using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Cluster;
using Fed.Host.Configuration;
using Fed.Host.Simulation;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>A plan must fit the site before the policy has a word: its columns, and the trainer that it names.</summary>
public sealed class FittingPolicyTests : IDisposable
{
    private static readonly Lazy<(JobPlan Plan, SiteData Rows)> Quickstart = new(static () =>
    {
        SimulatedFederation federation = SimulatedFederation.Load(FedConfig.Load(Repository.File("hocon/quickstart.conf")));
        return (federation.ToPlan(new JobId("trial-1"), [.. federation.Sites.Select(static site => new RosterEntry(new SiloId(site.Site), Digest.Of(Encoding.UTF8.GetBytes(site.Site))))]), federation.Sites[0]);
    });

    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public FittingPolicyTests() => File.WriteAllText(_file = Path.Combine(_folder.Path, "train.py"), "pass\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plan_of_a_model_of_ours_is_the_policys_business()
    {
        Assert.Equal(PolicyDecision.Allowed, Judge(Quickstart.Value.Plan, PolicyDecision.Allowed).Decision);
        Assert.Equal(PolicyDecision.Waiting, Judge(Quickstart.Value.Plan, PolicyDecision.Waiting).Decision);
    }

    [Fact]
    public void Plan_whose_trainer_is_unknown_is_refused_whatever_the_policy_says()
    {
        PolicyNote note = Judge(External("other"), PolicyDecision.Waiting);
        Assert.Equal((PolicyDecision.Refused, "trainer"), (note.Decision, note.Rule));
        Assert.Contains("trained by 'other', and this site knows mine only", note.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_whose_trainers_files_are_others_is_refused_once_the_policy_would_let_it_pass()
    {
        JobPlan plan = External("mine");
        Assert.Equal(PolicyDecision.Allowed, Judge(plan, PolicyDecision.Allowed).Decision);
        File.AppendAllText(_file, "pass\n");
        PolicyNote note = Judge(plan, PolicyDecision.Allowed);
        Assert.Equal((PolicyDecision.Refused, "trainer"), (note.Decision, note.Rule));
        Assert.Contains("the files of trainer 'mine' have the SHA-256 ", note.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, note.Reason, StringComparison.Ordinal);
        Assert.Equal(PolicyDecision.Waiting, Judge(plan, PolicyDecision.Waiting).Decision);
    }

    private PolicyNote Judge(JobPlan plan, PolicyDecision policy)
    {
        TrainerOptions mine = new("mine", ["/usr/bin/python3", "train.py"], [_file], ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMinutes(1), 1L << 30, 0);
        using SiteTrainers trainers = new("here", ImmutableSortedDictionary<string, TrainerOptions>.Empty.Add("mine", mine), _folder.Path, TimeProvider.System, NullLogger<SiteTrainer>.Instance);
        return new FittingPolicy(Quickstart.Value.Rows, trainers, new Always(policy)).Judge(plan, plan.ComputeHash());
    }

    private JobPlan External(string trainer)
    {
        LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(Quickstart.Value.Plan.Program));
        ExternalModel model = new(trainer, TrainerFiles.Read([_file]).Sha256, ModelTask.TwoClasses, [new ExternalTensor("w", [3])], VectorBytes.Sha256(new double[3]), ImmutableSortedDictionary<string, string>.Empty);
        return Quickstart.Value.Plan with { Program = Encoding.UTF8.GetString((learning with { Model = ModelKind.External, External = model }).ToJson()) };
    }

    private sealed class Always(PolicyDecision decision) : ISitePolicy
    {
        public PolicyNote Judge(JobPlan plan, Digest hash) => new(decision, "rules", "so it is");
    }
}
