using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;
using Fed.EndToEnd.Journals;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>What a site keeps from round to round (SCAFFOLD's c_k, FedDyn's h_k) advances once for each round that took its contribution, and for no other, whatever dies in between.</summary>
public sealed class SiloStateTests(ITestOutputHelper output)
{
    private const int Rounds = 8;
    private const int TriesMax = 5;

    [Theory]
    [InlineData("scaffold", 11)]
    [InlineData("feddyn", 12)]
    public void Kept_state_is_promoted_once_with_half_of_the_sites_a_round_and_kills_in_between(string algorithm, int seed)
    {
        using Workspace undisturbed = new();
        undisturbed.Fed("simulate", Conf(undisturbed, algorithm)).Succeeded();
        ImmutableSortedDictionary<(string Site, int Round), string?> expected = States(undisturbed);
        // Two of four sites a round: what they keep moves on, what the others keep does not.
        JsonElement[] rounds = [.. new Report(undisturbed.Data, "scaffold-1").Root.GetProperty("rounds").EnumerateArray()];
        foreach (((string site, int round), string? state) in expected)
        {
            bool isIn = rounds[round - 1].GetProperty("contributors").EnumerateArray().Any(c => c.GetString() == site);
            Assert.Equal(isIn, state != (round == 1 ? null : expected[(site, round - 1)]));
        }
        Assert.Equal(4 * Rounds, expected.Count);
        Assert.All(rounds, static round => Assert.Equal(2, round.GetProperty("contributors").GetArrayLength()));

        Random random = new(seed);
        for (int tries = 1; ; tries++)
        {
            using Workspace workspace = new();
            string conf = Conf(workspace, algorithm);
            int strikes = 0;
            while (strikes < 3)
            {
                KillMoment moment = KillMoment.Draw(random, Rounds / 3);
                using FedProcess process = Simulate(workspace, conf);
                if (!moment.Kill(process, workspace.Layout)) break;
                output.WriteLine($"{moment}: killed");
                strikes++;
            }
            if (strikes < 3 && tries < TriesMax) continue;   // it ended before its moment
            Assert.Equal(3, strikes);
            using (FedProcess process = Simulate(workspace, conf)) process.Result().Succeeded();
            Assert.Equal(new Report(undisturbed.Data, "scaffold-1").RoundSha256, new Report(workspace.Data, "scaffold-1").RoundSha256);
            Assert.Equal(expected, States(workspace));
            Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
            return;
        }
    }

    /// <summary>Killed before its plan was journaled there is no job yet to be carried on.</summary>
    private static FedProcess Simulate(Workspace workspace, string conf) =>
        Ledger.Read(workspace.Layout).Counts.Keys.Any(static e => e.Tag == "job-planned") ? workspace.Start("simulate", conf, "--resume") : workspace.Start("simulate", conf);

    private static string Conf(Workspace workspace, string algorithm) => workspace.Conf(
        Repository.PathOf("hocon/scaffold.conf"),
        $"job {{ rounds = {Rounds}, algorithm = {algorithm}, feddyn {{ local-steps = 20, learning-rate = 0.1 }}, selection.fraction = 0.5, timing.retry-backoff = 0s }}");

    /// <summary>The hash of the state that each site had promoted when a training round was settled, from the site's own journal; null while it has none.</summary>
    private static ImmutableSortedDictionary<(string Site, int Round), string?> States(Workspace workspace)
    {
        var states = ImmutableSortedDictionary.CreateBuilder<(string, int), string?>();
        foreach (string site in workspace.Layout.Sites())
        {
            IJournalReader journal = SqliteJournal.OpenReadOnly(workspace.Layout.Site(site).Journal);
            using IDisposable? hold = journal as IDisposable;
            foreach (JournalEvent stored in journal.PersistenceIds().SelectMany(id => journal.Read(id)).Where(static e => e.Tag == "silo-round-settled"))
            {
                using var document = JsonDocument.Parse(stored.Payload);
                JsonElement settled = document.RootElement;
                int round = settled.GetProperty("round").GetInt32();
                if (round == 0) continue;   // start-up
                Assert.True(settled.GetProperty("committed").GetBoolean());
                string? state = settled.TryGetProperty("state", out JsonElement digest) && digest.ValueKind == JsonValueKind.String ? digest.GetString() : null;
                Assert.True(states.TryAdd((site, round), state), $"{site} settled round {round} twice");
            }
        }
        return states.ToImmutable();
    }
}
