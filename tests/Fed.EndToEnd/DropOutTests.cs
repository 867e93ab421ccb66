using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;
using Fed.EndToEnd.Running;
using Fed.Host.History;
using Fed.Host.Simulation;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Whole protected runs in which a site leaves in the middle of a round: what is opened is what plain mode sums over the same contributors, and no site trains twice.</summary>
public sealed class DropOutTests
{
    private const string Site = "site-2", Training = "training";

    private static readonly string[] FourOfFive = ["job.rounds = 2", "job.quorum = 4", "simulation.baselines = false"];

    [Theory]
    [InlineData(CeremonyStep.Confirm)]
    [InlineData(CeremonyStep.ReleaseShares)]
    public void A_site_that_is_gone_after_its_masked_input_is_in_the_sum_and_the_others_open_it(CeremonyStep from)
    {
        using Workspace workspace = new();
        Counted run = new((node, message) => message is ProtocolMessage.AnswerStep { Answer: { Collection: { Round: 1, Sum: Training } } answer } && answer.Silo.Value == Site && answer.Step >= from ? null : message);
        ImmutableArray<string> hashes = run.Hashes(workspace, [.. FourOfFive, "job.protection = secagg"]);
        Assert.Equal(RunHere.Hashes(Repository.Quickstart, FourOfFive), hashes);
        run.EachTrainedOnce();
        RoundEvent[] round = Events(workspace, 1);
        Assert.Contains(Site, round.OfType<RoundEvent.SumSealed>().First().Contributions.Select(static m => m.Silo.Value));
        Assert.DoesNotContain(Site, round.OfType<RoundEvent.SumOpened>().First().OpenedBy!.Select(static silo => silo.Value));
    }

    [Theory]
    [InlineData("secagg")]
    [InlineData("ckks")]
    public void A_site_that_is_gone_before_its_upload_is_left_out_as_in_plain_mode(string protection)
    {
        ImmutableArray<string> plain = Without("plain"), whole = RunHere.Hashes(Repository.Quickstart, FourOfFive);
        Assert.NotEqual(whole, plain);
        Assert.Equal(plain, Without(protection));

        static ImmutableArray<string> Without(string mode)
        {
            using Workspace workspace = new();
            Counted run = new(static (node, message) => message is ProtocolMessage.OfferUpdate { Collection: { Round: 1, Sum: Training } } offer && offer.Manifest.Silo.Value == Site
                ? new ProtocolMessage.DeclineUpdate(offer.Job, offer.Collection, offer.Manifest.Silo)   // it goes, and says so: nobody need wait for a deadline
                : message);
            ImmutableArray<string> hashes = run.Hashes(workspace, [.. FourOfFive, $"job.protection = {mode}"]);
            run.EachTrainedOnce();
            Assert.DoesNotContain(Site, Events(workspace, 1).OfType<RoundEvent.SumSealed>().First().Contributions.Select(static m => m.Silo.Value));
            return hashes;
        }
    }

    [Fact]
    public void A_run_without_faults_that_repeats_the_contributors_of_a_disturbed_one_has_its_models_whatever_the_protection()
    {
        using Workspace disturbed = new(), repeated = new();
        Counted run = new(static (node, message) => message is ProtocolMessage.OfferUpdate { Collection: { Round: 1, Sum: Training } } offer && offer.Manifest.Silo.Value == Site
            ? new ProtocolMessage.DeclineUpdate(offer.Job, offer.Collection, offer.Manifest.Silo)
            : message);
        ImmutableArray<string> hashes = run.Hashes(disturbed, FourOfFive);
        string conf = repeated.Conf(Repository.Quickstart, [.. FourOfFive, "job.protection { mode = secagg, colluding = 0 }"]);
        repeated.Fed("simulate", conf, "--contributors-from", $"{disturbed.Data}:quickstart-1").Succeeded();
        Assert.Equal(hashes, new Report(repeated.Data).RoundSha256);
        Assert.NotEqual(RunHere.Hashes(Repository.Quickstart, FourOfFive), hashes);
        repeated.Fed("simulate", conf, "--contributors-from", $"{disturbed.Data}:trial-9").Refused(2, "there is no job 'trial-9'");
        repeated.Fed("simulate", conf, "--contributors-from", repeated.PathOf("nowhere")).Refused(2, "there is no folder");
    }

    [Fact]
    public void An_opener_that_is_lost_costs_one_more_encryption_of_what_is_stored_and_nobody_trains_again()
    {
        string? lost = null;
        using Workspace workspace = new();
        Counted run = new((node, message) =>
        {
            if (message is not ProtocolMessage.AnswerStep { Answer: { Step: CeremonyStep.Share, Collection: { Round: 1, Attempt: 1, Sum: Training } } answer }) return message;
            lost ??= answer.Silo.Value;   // the first that would give its share never does
            return answer.Silo.Value == lost ? null : message;
        });
        ImmutableArray<string> hashes = run.Hashes(workspace, ["job.rounds = 2", "job.max-attempts = 8", "job.timing.opening-deadline = 96s", "simulation.baselines = false", "job.protection { mode = ckks, colluding = 1 }"]);
        Assert.Equal(RunHere.Hashes(Repository.Quickstart, "job.rounds = 2"), hashes);
        run.EachTrainedOnce();
        RoundEvent[] round = Events(workspace, 1);
        RoundEvent.ReprotectionStarted again = round.OfType<RoundEvent.ReprotectionStarted>().First();
        Assert.Contains(lost, again.Lost.Select(static silo => silo.Value));
        RoundEvent.SumSealed[] sealedSums = [.. round.OfType<RoundEvent.SumSealed>().Where(static e => e.Collection.Sum == Training)];
        Assert.True(sealedSums.Length > 1);
        Assert.Single(sealedSums.Select(static e => string.Join(' ', e.Contributions.Select(static m => m.Silo))).Distinct());   // S stays what it was
        Assert.Contains($"warning: round 1: '{Training}' is encrypted again for the same contributors, since an opener was lost: ", run.Out, StringComparison.Ordinal);
    }

    private static RoundEvent[] Events(Workspace workspace, int round)
    {
        using IDisposable? open = NodeReader.Open(workspace.Layout, out Fed.Actors.Persistence.IJournalReader journal);
        return [.. RoundsShow.Of(JobHistory.ReadAll(journal)[0].RoundEvents, round).Select(static e => e.Event)];
    }

    /// <summary>A run that loses messages and counts what sites compute.</summary>
    private sealed class Counted
    {
        private readonly ConcurrentDictionary<(string Site, int Round, string Sum), int> _computed = [];
        private readonly RunHere _run;

        public Counted(Func<NodeAddress, object, object?> carried) => _run = new RunHere
        {
            Hooks = new RunHooks { Transport = inner => new LossyTransport(inner, carried), Computation = (site, computation) => new Counting(site, computation, _computed) },
        };

        public string Out => _run.Out;

        public ImmutableArray<string> Hashes(Workspace workspace, string[] settings) => RunHere.Hashes(_run.Run(workspace, workspace.Conf(Repository.Quickstart, settings)));

        public void EachTrainedOnce()
        {
            Assert.NotEmpty(_computed);
            Assert.All(_computed, static pair => Assert.True(pair.Value == 1, $"{pair.Key} was computed {pair.Value} times"));
        }
    }

    private sealed class Counting(string site, ILocalComputation inner, ConcurrentDictionary<(string, int, string), int> computed) : ILocalComputation
    {
        public bool KeepsSiloState => inner.KeepsSiloState;

        public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
        {
            computed.AddOrUpdate((site, request.Round, request.Sum), 1, static (_, count) => count + 1);
            return inner.Compute(request, progressPercent, cancel);
        }

        public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => inner.NextSiloState(request, result, contributed);
    }
}
