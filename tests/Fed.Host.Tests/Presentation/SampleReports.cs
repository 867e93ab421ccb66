using System.Collections.Immutable;
using Fed.Host.Presentation;

namespace Fed.Host.Tests.Presentation;

/// <summary>Made-up runs with fixed numbers, so that texts can be compared word for word.</summary>
internal static class SampleReports
{
    public static string Sha(int number) => string.Concat(Enumerable.Repeat($"{number:x8}", 8));

    /// <summary>Three hospitals, two rounds: small enough to read in a golden test.</summary>
    public static RunReport Small { get; } = Make(
        "breast cancer",
        [Site("east", 40, 10), Site("north", 120, 30) with { Warnings = ["column 'age' is constant"] }, Site("west", 8, 2)],
        [Round(1, 0.25, 0.9, 0.95, "east", "north", "west"), Round(2, 0.125, 0.9756, 0.99, "east", "north") with { Attempts = 2 }]);

    /// <summary>Five hospitals, thirty rounds of a falling loss.</summary>
    public static RunReport Quickstart { get; } = Make(
        "Breast cancer, five hospitals",
        [.. Enumerable.Range(1, 5).Select(k => Site($"hospital-{k}", 30 + (31 * k), 8 + (8 * k)))],
        [.. Enumerable.Range(1, 30).Select(r => Round(
            r, 0.074 + (0.35 * Math.Exp(-r / 4.0)), 0.9825 - (0.08 * Math.Exp(-r / 3.0)), 0.997 - (0.03 * Math.Exp(-r / 3.0)), [.. Enumerable.Range(1, 5).Select(k => $"hospital-{k}")]))]);

    /// <summary>Sixty districts, half of them in each round.</summary>
    public static RunReport Districts { get; } = Make(
        "Contraception, sixty districts",
        [.. Enumerable.Range(1, 60).Select(k => Site($"district-{k:00}", 10 + k, 3 + (k / 4)) with { Warnings = k % 17 == 0 ? ["only class '0' among its training rows"] : [] })],
        [.. Enumerable.Range(1, 40).Select(r => Round(
            r, 0.62 + (0.07 * Math.Exp(-r / 9.0)), 0.65 - (0.05 * Math.Exp(-r / 8.0)), 0.68 - (0.1 * Math.Exp(-r / 8.0)),
            [.. Enumerable.Range(1, 60).Where(k => ((k * 7) + (r * 13)) % 2 == 0 && (k + r) % 11 != 0).Select(k => $"district-{k:00}")]))]);

    /// <summary>A regression: no accuracy, no AUC.</summary>
    public static RunReport Regression { get; } = Small with
    {
        Model = "linear",
        Rounds = [.. Small.Rounds.Select(round => round with { Accuracy = null, Auc = null, Loss = 2900 * round.Loss, TrainLoss = 2800 * round.Loss, Rmse = 54 + round.Loss })],
        Final = Small.Final with { Accuracy = null, Auc = null, Loss = 362.5, Rmse = 54.125 },
        Baselines = new BaselinesReport(
            Pooled: new BaselineReport { Loss = 360, TrainLoss = 350, Rmse = 53.9 }, [.. Small.Baselines.Alone.Select(site => site with { Accuracy = null, Auc = null, Loss = 400, Rmse = 57 })]),
    };

    /// <summary>Names that try to become markup, escape codes and extra lines.</summary>
    public static RunReport Hostile { get; } = Make(
        "</title><script>alert('job')</script>",
        [Site("\"><img src=x onerror=alert(1)>", 40, 10), Site("[red]north[/] & \u001b[2J\u001b]0;owned\u0007\r\nround 9: fake", 120, 30), Site("\u202egnp.exe\u0000\ud800", 8, 2)],
        [Round(1, 0.25, 0.9, 0.95, "\"><img src=x onerror=alert(1)>")]) with
    {
        Algorithm = "<b>fedavg</b>",
        JobId = "../../&amp;",
    };

    public static SiteReport Site(string name, long train, long test) =>
        new(name, train, test, ImmutableSortedDictionary.CreateRange<string, long>([new("0", train / 3), new("1", train - (train / 3))]), []);

    public static RoundReport Round(int number, double loss, double accuracy, double auc, params string[] sites) => new()
    {
        Round = number,
        ModelSha256 = Sha(number),
        Loss = loss,
        Accuracy = accuracy,
        Auc = auc,
        TrainLoss = loss * 0.9,
        Contributors = [.. sites],
        BytesUp = 256 * sites.Length,
        Seconds = 0.25,
    };

    public static RunReport Make(string name, ImmutableArray<SiteReport> sites, ImmutableArray<RoundReport> rounds) => new()
    {
        JobId = "20261121-101500-ab12",
        Name = name,
        PlanHash = Sha(0xabc),
        Algorithm = "fedavg",
        Model = "logistic",
        Started = new DateTimeOffset(2026, 11, 21, 10, 15, 0, TimeSpan.Zero),
        Finished = new DateTimeOffset(2026, 11, 21, 10, 15, 12, TimeSpan.Zero),
        ElapsedSeconds = 12.25,
        Sites = sites,
        Rounds = rounds,
        Final = new FinalReport
        {
            Accuracy = rounds[^1].Accuracy,
            Auc = rounds[^1].Auc,
            Loss = rounds[^1].Loss,
            ModelSha256 = rounds[^1].ModelSha256,
            Rounds = rounds.Length,
            StoppedBy = "rounds",
        },
        Baselines = new BaselinesReport(
            new BaselineReport { Accuracy = rounds[^1].Accuracy + 0.001, Auc = rounds[^1].Auc, Loss = rounds[^1].Loss - 0.002, TrainLoss = 0.06 },
            [.. sites.Select((site, k) => k == sites.Length - 1
                ? new BaselineReport { Site = site.Name, Reason = "one class only" }
                : new BaselineReport { Site = site.Name, Accuracy = rounds[^1].Accuracy - 0.02 - (0.002 * (k % 10)), Auc = rounds[^1].Auc - 0.01, Loss = rounds[^1].Loss + 0.1, TrainLoss = 0.05 })]),
        Environment = new EnvironmentReport("0.1.0", ".NET 10.0.0", "Debian GNU/Linux 12", "avx2", 2, 2),
        Counts = new CountsReport(rounds.Length, 1, rounds.Length * sites.Length, rounds.Sum(round => round.Contributors.Length), 1, 0, 321, 4096, 1536, 0),
    };
}
