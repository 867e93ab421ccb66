using System.Collections.Immutable;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fed.Host.Presentation;

/// <summary>One picture of a running job: title, progress bar, round, figures, table of sites, warnings. Pure: the same state, clock and size give the same lines.</summary>
internal static class LiveFrame
{
    private const int ColumnsMin = 40;
    private const int SitesMin = 3;
    private const int SitesMax = 14;

    /// <summary>Heading, bar, round, figures and clock; the table's border (3 lines), heading and closing row; the cursor's own line.</summary>
    private const int OtherRows = 11;

    /// <summary>The column with what a site's training says of itself needs a terminal of this width.</summary>
    private const int DetailColumnsMin = 79;

    private const int DetailWidth = 38;

    /// <summary>Draws a state.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="now">On the clock that the state was made with.</param>
    /// <param name="columns">The terminal's width; below 40 the frame is drawn for 40.</param>
    /// <param name="rows">The terminal's height; the frame stays below it, so that its own start never scrolls away.</param>
    /// <param name="hasColor">Colour codes allowed.</param>
    /// <param name="hasUnicode">Box drawing and block characters allowed.</param>
    public static ImmutableArray<string> Lines(RunState state, TimeSpan now, int columns, int rows, bool hasColor, bool hasUnicode)
    {
        if (state.Job is not { } job) return [];
        int width = Math.Max(ColumnsMin, columns - 1);   // the last column stays free: some terminals wrap when it is written
        string Clean(string text) => Figures.Clean(text, hasUnicode);
        List<IRenderable> parts =
        [
            Line(width, (Clean(job.Name), StyledText.Strong), ($"  {Clean(job.Algorithm)}, {Clean(job.Model)}{(job.Protection is { } under ? $", under {Clean(under)}" : "")}  job {Clean(job.JobId)}", StyledText.Faint)),
            Bar(state, job, width, hasUnicode),
            Line(width, (Headline(state), Style.Plain)),
            Line(width, (Metrics(state), StyledText.Good), (Sparkline(state, hasUnicode), StyledText.Busy)),
            Line(width, (Clock(state, now), StyledText.Faint)),
            SiteTable(state, width, rows, hasUnicode),
            .. state.Warnings.Select(warning => Line(width, ("warning: " + Clean(warning), StyledText.Warn))),
        ];
        ImmutableArray<string> lines = StyledText.Lines(new Rows(parts), width, hasColor, hasUnicode);
        return lines.Length < rows ? lines : lines[..Math.Max(1, rows - 1)];
    }

    private static Paragraph Line(int width, params ReadOnlySpan<(string Text, Style Style)> parts)
    {
        var line = new Paragraph();
        int left = width;
        foreach ((string text, Style style) in parts)
        {
            string shown = Figures.Crop(text, left, hasUnicode: false);
            line.Append(shown, style);
            left = Math.Max(0, left - shown.Length);
        }

        return line;
    }

    private static Paragraph Bar(RunState state, RunProgress.RunStarted job, int width, bool hasUnicode)
    {
        double done = job.Rounds == 0 ? 1 : Math.Clamp(state.Committed / (double)job.Rounds, 0, 1);
        string label = $" {state.Committed}/{job.Rounds} rounds {done * 100:0} %";
        int length = Math.Max(10, width - label.Length), filled = (int)(length * done);
        (char full, char empty) = hasUnicode ? ('━', '─') : ('#', '.');
        return Line(width, (new string(full, filled), StyledText.Good), (new string(empty, length - filled), StyledText.Faint), (label, Style.Plain));
    }

    /// <summary>Where the run is, in words.</summary>
    internal static string Headline(RunState state) =>
        state.Round switch
        {
            _ when state.Baselines is { } baselines => Describe(baselines),
            null => "starting",
            { Round: 0 } start => $"start-up: {Word(start.Phase)}, {start.Accepted} of {start.Target} sites",
            { Attempt: > 1 } again => $"round {again.Round}: {Word(again.Phase)}, {again.Accepted} of {again.Target} {Counted(again.Phase)}, attempt {again.Attempt}",
            { } first => $"round {first.Round}: {Word(first.Phase)}, {first.Accepted} of {first.Target} {Counted(first.Phase)}",
        };

    /// <summary>What is counted in a phase: updates, or in the steps of a protection around them sites.</summary>
    private static string Counted(RoundStage phase) => phase is RoundStage.Keying or RoundStage.Sharing or RoundStage.Masking or RoundStage.Encrypting or RoundStage.Confirming or RoundStage.Verifying ? "sites" : "accepted";

    private static string Clock(RunState state, TimeSpan now)
    {
        string remaining = state.Remaining(now) is { } left ? "about " + Figures.Clock(left) : Figures.Absent;
        return $"elapsed {Figures.Clock(now - state.StartedAt)}   remaining {remaining}";
    }

    private static string Metrics(RunState state) => state.Rounds.IsEmpty ? "no round committed yet" : Describe(state.Rounds[^1]);

    /// <summary>A round's figures that are defined, in words.</summary>
    internal static string Describe(RoundReport round) => Describe(round.Loss, round.Accuracy, round.Auc, round.Rmse, round.Concordance);

    /// <summary>The figures of a model trained without the federation.</summary>
    internal static string Describe(BaselineReport model) => Describe(model.Loss, model.Accuracy, model.Auc, model.Rmse, model.Concordance);

    /// <summary>How far the comparison is.</summary>
    internal static string Describe(RunProgress.BaselinesChanged baselines) => $"comparing with pooled data and each site alone: {baselines.Done} of {baselines.Total}";

    private static string Describe(double? loss, double? accuracy, double? auc, double? rmse, double? concordance)
    {
        var text = new List<string> { "loss " + Figures.Loss(loss) };
        if (accuracy is not null) text.Add("accuracy " + Figures.Share(accuracy));
        if (auc is not null) text.Add("auc " + Figures.Share(auc));
        if (concordance is not null) text.Add("concordance " + Figures.Share(concordance));
        if (rmse is not null) text.Add("rmse " + Figures.Loss(rmse));
        return string.Join("  ", text);
    }

    /// <summary>A site's own training in words.</summary>
    internal static string Describe(RunProgress.SiteTrained training) =>
        $"epoch {training.Epoch}, batch {training.Batch}, loss {Figures.Loss(training.Loss)}, {Figures.Count((long)training.RowsPerSecond)} rows/s";

    /// <summary>The loss of the last rounds in eighths of a line; nothing in ASCII.</summary>
    private static string Sparkline(RunState state, bool hasUnicode)
    {
        const string Blocks = "▁▂▃▄▅▆▇█";
        const int Length = 24;
        double[] losses = [.. state.Rounds.TakeLast(Length).Select(round => round.Loss ?? double.NaN).Where(double.IsFinite)];
        if (!hasUnicode || losses.Length < 2) return "";
        (double low, double high) = (losses.Min(), losses.Max());
        return "   " + string.Concat(losses.Select(loss => Blocks[high > low ? (int)Math.Round((loss - low) / (high - low) * (Blocks.Length - 1)) : 0]));
    }

    private static Table SiteTable(RunState state, int width, int rows, bool hasUnicode)
    {
        int room = Math.Clamp(rows - OtherRows - state.Warnings.Length, SitesMin, SitesMax);
        KeyValuePair<string, SiteStatus>[] shown = state.Sites.Count <= room
            ? [.. state.Sites]
            : [.. state.Sites.OrderBy(site => Rank(site.Value.State)).ThenBy(site => site.Key, StringComparer.Ordinal).Take(room)];
        bool isWide = width >= DetailColumnsMin && state.Sites.Values.Any(static site => site.Training is not null);
        int nameWidth = Math.Clamp(width - 36 - (isWide ? DetailWidth + 3 : 0), 8, 40);
        Table table = new Table { Border = StyledText.Border(hasUnicode), BorderStyle = StyledText.Faint }
            .AddColumn(new TableColumn("site").NoWrap())
            .AddColumn(new TableColumn("state").NoWrap().Width(15))
            .AddColumn(new TableColumn("samples").NoWrap().RightAligned());
        if (isWide) table.AddColumn(new TableColumn("at the site").NoWrap().Width(DetailWidth));
        foreach ((string name, SiteStatus site) in shown)
        {
            string text = site.State == SiteState.Training ? $"training {site.Percent,3} %" : Word(site.State);
            string detail = site.Training is { } training ? Describe(training) : "";
            string label = Figures.Crop(Figures.Clean(name, hasUnicode), nameWidth, hasUnicode);
            table.AddRow([new Text(label), new Text(text, Tone(site.State)), new Text(Figures.Count(site.Samples)), .. isWide ? [new Text(detail, StyledText.Faint)] : Array.Empty<Text>()]);
        }

        if (shown.Length < state.Sites.Count)
        {
            HashSet<string> visible = [.. shown.Select(site => site.Key)];
            SiteStatus[] rest = [.. state.Sites.Where(site => !visible.Contains(site.Key)).Select(site => site.Value)];
            string most = Word(rest.CountBy(site => site.State).MaxBy(group => group.Value).Key);
            table.AddRow(
            [
                new Text($"and {rest.Length} more", StyledText.Faint),
                new Text("mostly " + most, StyledText.Faint),
                new Text(Figures.Count(rest.Sum(site => site.Samples)), StyledText.Faint),
                .. isWide ? [new Text("")] : Array.Empty<Text>(),
            ]);
        }

        return table;
    }

    /// <summary>Busiest first, then those that need a look; who is done or idle folds away first.</summary>
    private static int Rank(SiteState state) => state switch
    {
        SiteState.Training => 0,
        SiteState.Uploaded => 1,
        SiteState.Refused => 2,
        SiteState.Absent => 3,
        SiteState.Accepted => 4,
        _ => 5,
    };

    private static Style Tone(SiteState state) => state switch
    {
        SiteState.Training or SiteState.Uploaded => StyledText.Busy,
        SiteState.Accepted => StyledText.Good,
        SiteState.Refused or SiteState.Absent => StyledText.Warn,
        _ => StyledText.Faint,
    };

    private static string Word(SiteState state) => state.ToString().ToLowerInvariant();

    private static string Word(RoundStage stage) => stage.ToString().ToLowerInvariant();
}
