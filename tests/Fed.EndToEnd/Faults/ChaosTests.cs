using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Shell;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster.Local;
using Xunit;

namespace Fed.EndToEnd.Faults;

/// <summary>
/// The long form of <see cref="FaultTests"/>, which <c>./test.sh chaos</c> runs: each case ends by itself, prints a line for each fault, and <c>./test.sh chaos --case NAME</c> runs the one whose name has that word.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper testOutput)
{
    private const string Plain = "simulation.baselines = false";

    private readonly CaseLines _output = new(testOutput);

    private static string[] Rounds(int rounds) => [$"job.rounds = {rounds}", Plain];

    /// <summary>Each kind of node, killed, stopped, cut off, silenced and cut off from the database, one after the other in one job, for each phase.</summary>
    [Theory]
    [InlineData("planned")]
    [InlineData("training")]
    [InlineData("collecting")]
    [InlineData("sealed")]
    [InlineData("opening")]
    [InlineData("committed")]
    public void Matrix_of_nodes_faults_and_phases_ends_with_the_models_of_a_run_without_any(string phase)
    {
        Require();
        string[] settings = Rounds(70);
        using FaultyCluster cluster = new(settings);
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        Dictionary<(Victim, Fault), TimeSpan> failOvers = [];
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            foreach (Victim victim in Enum.GetValues<Victim>())
                foreach (Fault fault in Enum.GetValues<Fault>().Where(fault => victim != Victim.Site || fault != Fault.CutFromDatabase))
                    if (strikes.Strike(victim, fault, phase) is { } took) failOvers[(victim, fault)] = took;
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
        string Row<T>(string first, Func<Fault, T> cell) => $"{first,-24}{string.Concat(Enum.GetValues<Fault>().Select(fault => $"{cell(fault),17}"))}";
        _output.Write("fail-over: s from the fault to the next leader's first event of the round; a leader may be silent for 3 s, and node.lease is 6 s");
        _output.Write(Row("phase, leader", static fault => fault));
        foreach (Victim victim in failOvers.Keys.Select(static key => key.Item1).Distinct())
            _output.Write(Row($"{phase}, {victim}", fault => failOvers.TryGetValue((victim, fault), out TimeSpan took) ? took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) : "-"));
    }

    /// <summary>Masked and encrypted rounds lose who leads them, who adds up and a site, in each step of their ceremonies; the models are those of plain rounds without any fault.</summary>
    [Theory]
    [InlineData("secagg", "keys-closed", "shares-closed", "collection-requested", "sum-sealed", "contributors-confirmed", "sum-opened")]
    [InlineData("ckks", "collection-requested", "sum-sealed", "sum-stated", "openers-drawn", "opening-agreed", "sum-opened")]
    public void Ceremonies_outlive_their_leaders(string mode, params string[] steps)
    {
        Require();
        string[] settings = Rounds(40);
        using FaultyCluster cluster = new([.. settings, $"job.protection {{ mode = {mode}, colluding = 1, minimum-contributors = 4 }}"]);
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            foreach (string step in steps)
            {
                strikes.Strike(Victim.Coordinator, Fault.Kill, step);
                strikes.Strike(Victim.Site, Fault.Kill, step);
            }

            foreach (string step in (string[])["update-accepted", "sum-sealed"]) strikes.Strike(Victim.Aggregator, Fault.Kill, step);
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
    }

    /// <summary>Aggregators of parts, who have no standby: their round waits for them.</summary>
    [Fact]
    public void Parts_wait_for_their_aggregators()
    {
        Require();
        string[] settings = Rounds(25);
        using FaultyCluster cluster = new([.. settings, "job.aggregators = 2"]);
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            foreach (string phase in (string[])["training", "collecting", "sealed", "part-accepted", "opening"])
                foreach (Fault fault in (Fault[])[Fault.Kill, Fault.Stop, Fault.Cut, Fault.CutFromDatabase]) strikes.Strike(LocalFolder.AggregatorOf(1 + ((int)fault % 2)), fault, phase);
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
    }

    /// <summary>The database's machine is lost, and what its operator has is a copy that is two rounds old.</summary>
    [Fact]
    public void Restore_of_an_older_database_stops_the_job_with_who_knows_more_and_nothing_is_asked_of_a_site_twice()
    {
        Require();
        using FaultyCluster cluster = new(Rounds(40));
        using Strikes strikes = new(cluster, _output);
        strikes.Advance(3);
        cluster.CrashDatabase(cluster.CopyDatabase);
        strikes.Advance(2);
        cluster.CrashDatabase(cluster.RestoreDatabase);
        strikes.Dispose();
        StoredEvent end = cluster.Journal.AwaitEnd(strikes.Job);
        _output.Write(end.Payload);
        Assert.Equal("job-failed", end.Tag);
        Assert.Contains("history went back: site ", end.Payload, StringComparison.Ordinal);
        cluster.AssertTrainedOnce(strikes.Job);
    }

    /// <summary>Sites on bad lines, each cut off for one to three seconds again and again: all rounds are committed, with everybody.</summary>
    [Fact]
    public void Blips_of_every_site_delay_rounds_and_lose_none()
    {
        Require();
        string[] settings = Rounds(20);
        using FaultyCluster cluster = new(settings);
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        Random random = new(1);
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            for (int round = 1; round <= 19; round++)
            {
                string site = cluster.Sites[random.Next(cluster.Sites.Length)], other = cluster.Sites[round % cluster.Sites.Length];
                strikes.Advance(1, () =>
                {
                    foreach (string cut in (string[])[site, other]) cluster.ToBroker(cut).Cut();
                    FaultyCluster.Last(TimeSpan.FromMilliseconds(random.Next(1000, 3000)));
                    foreach (string cut in (string[])[site, other]) cluster.ToBroker(cut).Heal();
                });
                _output.Write($"after a blip of {site} and {other}: {cluster.Journal.Models(strikes.Job).Length} rounds");
            }
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
    }

    /// <summary>Lines that are slow, lose connections, and end pieces in the middle of a frame.</summary>
    [Fact]
    public void Links_that_delay_truncate_and_fall_silent_change_no_model()
    {
        Require();
        string[] settings = Rounds(16);
        using FaultyCluster cluster = new(settings);
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        string[] nodes = [.. cluster.Sites, cluster.Leader(), cluster.Standby(), cluster.Leader("aggregator")];
        Random random = new(2);
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            foreach (string node in nodes)
            {
                cluster.ToBroker(node).Delay = TimeSpan.FromMilliseconds(random.Next(5, 40));
                cluster.ToBroker(node).Truncate(random.Next(1, 200));
                cluster.ToDatabase(node).Truncate(random.Next(1, 200));
                strikes.Advance(1);
                int torn = cluster.ToBroker(node).Torn + cluster.ToDatabase(node).Torn;
                _output.Write($"{node}: {torn} pieces torn, {cluster.Journal.Models(strikes.Job).Length} rounds");
                Assert.True(torn > 0, $"nothing of {node} was torn");
            }
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
    }

    /// <summary>Three brokers with mirrored queues, of which the one that all nodes are connected to is killed in mid-round.</summary>
    [Fact]
    public void Brokers_of_which_one_is_lost_carry_the_round_on()
    {
        Require();
        string[] settings = Rounds(12);
        using FaultyCluster cluster = new(settings);
        cluster.AddBrokers();
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            strikes.Advance(2);
            strikes.Crash(cluster.LoseBroker, "collecting");
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
    }

    /// <summary>A broker that closes the channel of whoever holds a delivery for a minute, a site whose machine is so busy with other things that its training takes three, and a job that is paused for longer than a minute behind it.</summary>
    [Fact]
    public void Training_of_minutes_and_a_paused_job_outlast_the_brokers_limit_for_a_delivery()
    {
        Require();
        string[] settings = [.. Rounds(2), "job.fedavg.local-steps = 1000000"];
        using FaultyCluster cluster = new(settings);
        cluster.CrashBroker(TimeSpan.FromMinutes(1));
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, settings);
        Strikes strikes = new(cluster, _output);
        using (strikes)
        {
            string site = cluster.Sites[0];
            strikes.Advance(1);   // the start-up
            strikes.Advance(1, () =>
            {
                TimeSpan second = TimeSpan.FromSeconds(1), share = TimeSpan.FromMilliseconds(30), before = cluster.Worked(site);
                for (TimeSpan passed = default; passed < TimeSpan.FromMinutes(3); passed += second)
                {
                    cluster.Stop(site);
                    FaultyCluster.Last(second - share);
                    if (cluster.Worked(site) - before > share * (passed / second)) continue;   // it was stopped late, on a busy machine, and has had the share of this second too
                    cluster.Continue(site);
                    FaultyCluster.Last(share);
                }

                cluster.Continue(site);
                bool isOver = cluster.Journal.Read(FederationNodes.RoundLog(strikes.Job)).Any(static stored => stored.Tag == "round-committed" && stored.Payload.Contains("\"round\":1,", StringComparison.Ordinal));
                _output.Write($"after three minutes {(isOver ? "the round is over already" : "the site still trains")}");
                Assert.False(isOver);
                cluster.Fed("jobs", "pause", strikes.Job.Value).Succeeded();
            });
            cluster.Journal.Await(FederationNodes.JobLog(strikes.Job), "the recorded round", static stored => stored.Tag == "job-round-recorded" && stored.Payload.Contains("\"round\":1,", StringComparison.Ordinal));
            int events = Events();
            FaultyCluster.Last(TimeSpan.FromSeconds(90));
            Assert.Equal(events, Events());
            _output.Write("paused for 90 s: nobody was asked anything");
            cluster.Fed("jobs", "resume", strikes.Job.Value).Succeeded();

            int Events() => cluster.Journal.Read(FederationNodes.RoundLog(strikes.Job)).Concat(cluster.Journal.Read(FederationNodes.AggregationLog(strikes.Job)))
                .Count(static stored => stored.Tag is not ("silo-settled" or "models-taken" or "round-released"));   // of the round that is over
        }

        cluster.AssertUndisturbed(strikes.Job, expected);
        Assert.DoesNotContain("timed out waiting for delivery acknowledgement", File.ReadAllText(cluster.Folder.Log("rabbitmq")), StringComparison.Ordinal);
    }

    private static void Require() => Assert.SkipUnless(Environment.GetEnvironmentVariable("FED_CHAOS_KILLS") is not null, "a long test; ./test.sh chaos runs it");
}
