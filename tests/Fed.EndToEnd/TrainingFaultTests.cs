using System.Globalization;
using System.Text;
using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>A site that cannot train: its rows are of another scale, so that its loss leaves the finite numbers. It declines, the quorum decides.</summary>
public sealed class TrainingFaultTests : IDisposable
{
    private const string Said = "warning: site clinic-3 cannot contribute: site clinic-3: local training diverged: the loss of batch ";

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Round_goes_on_without_a_site_whose_loss_explodes_where_the_quorum_allows_it()
    {
        FedResult run = _workspace.Fed("simulate", Conf("quorum = 3")).Succeeded();
        string warning = run.Out.Split('\n').First(static line => line.StartsWith("warning: site clinic-3", StringComparison.Ordinal));
        Assert.Matches(@"the loss of batch \d+ of local epoch \d+ is not finite; choose a smaller learning-rate, or check the data\.$", warning);
        JsonElement[] rounds = [.. new Report(_workspace.Data, "clinics-1").Root.GetProperty("rounds").EnumerateArray()];
        Assert.Equal(3, rounds.Length);
        Assert.All(rounds, static round => Assert.Equal(["clinic-0", "clinic-1", "clinic-2"], round.GetProperty("contributors").EnumerateArray().Select(static c => c.GetString())));
        Assert.EndsWith("round 3: bit-identical", _workspace.Fed("rounds", "replay", "3").Succeeded().Out, StringComparison.Ordinal);
        Assert.Contains("all verified", _workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_ends_with_the_site_and_its_batch_named_where_the_quorum_is_all()
    {
        FedResult run = _workspace.Fed("simulate", Conf("quorum = all"));
        run.Refused(2, "job clinics-1 failed", "round 1", "3 of 4 updates", "attempt 2 of 2");
        Assert.Contains(Said, run.Out + run.Error, StringComparison.Ordinal);
        Assert.Equal("failed", _workspace.Fed("jobs", "list", "--json").Succeeded().Json().GetProperty("jobs")[0].GetProperty("status").GetString());
        Assert.Contains("all verified", _workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Updates_that_the_grid_cut_are_told_once()
    {
        string wild = _workspace.Fed("simulate", _workspace.Conf(Repository.Quickstart, "job { rounds = 2, fedavg { local-steps = 1, learning-rate = 1e9 } }", "simulation.baselines = false")).Succeeded().Out;
        Assert.Matches(@"^warning: round 1: 15\d of 165 contributed values lay beyond the grid's range and were cut to it; choose a smaller learning-rate", wild.Split('\n').Single(static line => line.Contains("were cut", StringComparison.Ordinal)));
        using Workspace other = new();
        Assert.DoesNotContain("were cut", other.Fed("simulate", other.Conf(Repository.Quickstart, "job.rounds = 2", "simulation.baselines = false")).Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_outside_the_agreed_classes_is_named_by_row_before_anything_starts()
    {
        _workspace.Fed("simulate", Conf("model = softmax", "data.classes = 3", label: "7")).Refused(2, "row 40", "column 'y'", "7");
        Assert.True(_workspace.IsUntouched, "something was written");
    }

    [Fact]
    public void Batch_larger_than_any_sites_rows_trains_on_all_of_them()
    {
        _workspace.Fed("simulate", Conf("quorum = 3", "fedavg.batch-size = 5000", "rounds = 2")).Succeeded();
        Assert.Equal(2, new Report(_workspace.Data, "clinics-1").RoundSha256.Length);
    }

    private string Conf(string first, string second = "", string third = "", string? label = null)
    {
        StringBuilder rows = new("site,x,y\n");
        Random random = new(3);
        for (int r = 0; r < 100; r++)
        {
            double x = (r / 25 == 3 ? 1e4 : 1) * (2 * random.NextDouble() - 1);
            string y = label is null ? (0.5 * x).ToString("R", CultureInfo.InvariantCulture) : r == 40 ? label : $"{r % 3}";
            rows.Append(CultureInfo.InvariantCulture, $"clinic-{r / 25},{x:R},{y}\n");
        }
        string data = _workspace.Write("clinics.csv", rows.ToString());
        return _workspace.Write("clinics.conf", $$"""
            job {
              name = clinics, seed = 1, rounds = 3, model = linear, algorithm = fedavg
              fedavg { local-epochs = 40, batch-size = 5, learning-rate = 0.5 }
              standardise = false, max-attempts = 2, timing.retry-backoff = 0s
              data { target = y, columns = [ { name = site, type = key } ] }
              {{first}}
              {{second}}
              {{third}}
            }
            simulation { data = "{{data}}", partition { from = column, column = site } }
            """);
    }
}
