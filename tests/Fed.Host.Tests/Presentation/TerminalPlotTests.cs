using System.Collections.Immutable;
using Fed.Host.Presentation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class TerminalPlotTests
{
    [Fact]
    public void One_round_stands_in_the_middle()
    {
        const string Expected = """
            loss
            0.55 +
                 |
            0.50 +        *
                 |
            0.45 +
                 +--------+--------
                          1
                        round
            """;
        Assert.Equal(Expected, Ascii([0.5]));
    }

    [Fact]
    public void A_gap_is_left_where_a_round_has_no_value()
    {
        const string Expected = """
            loss
            1.0 +**
                |  ***
            0.5 +
                |             **
            0.0 +               ***
                ++----------------+
                 1                5
                       round
            """;
        Assert.Equal(Expected, Ascii([1, 0.75, double.NaN, 0.25, 0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(-7)]
    [InlineData(1e-300)]
    [InlineData(1e90)]
    public void A_constant_loss_is_a_level_line_with_room_around_it(double loss)
    {
        string[] rows = Ascii([loss, loss, loss]).Split('\n')[1..6];
        string row = Assert.Single(rows, row => row.Contains('*', StringComparison.Ordinal));
        Assert.EndsWith(new string('*', 13), row, StringComparison.Ordinal);
        Assert.NotEqual(row, rows[0]);
        Assert.NotEqual(row, rows[^1]);
    }

    [Theory]
    [InlineData]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity, double.NaN)]
    public void Nothing_to_plot_is_said(params double[] losses) => Assert.Equal("loss: nothing to plot", Ascii(losses));

    [Fact]
    public void Braille_draws_a_falling_line_from_corner_to_corner()
    {
        const string Expected = """
            loss
            1.0 ┤⠑⠢⢄⡀
                │   ⠈⠑⠤⣀
            0.5 ┤       ⠉⠒⢄⡀
            0.0 ┤          ⠈⠑⠢⢄
                └┬────────────┬
                 1            2
                     round
            """;
        Assert.Equal(Expected, string.Join('\n', Plot([1, 0]).Draw(20, 4, hasUnicode: true)));
    }

    [Fact]
    public void Any_values_give_lines_within_the_width_and_a_mark_for_each_finite_value() =>
        Prop.ForAll<double[], byte, bool>((losses, width, hasUnicode) =>
        {
            int columns = 20 + width;
            ImmutableArray<string> lines = Plot(losses).Draw(columns, 10, hasUnicode);
            if (!losses.Any(double.IsFinite)) return lines.Length == 1;
            int marks = lines.Skip(1).Take(10).Sum(line => line.Count(c => c is '*' or >= '\u2801' and <= '\u28ff'));
            return lines.Length == 14 && marks > 0 && lines.Skip(1).All(line => line.Length <= Math.Max(columns, 36) && !line.Any(char.IsControl));
        }).QuickCheckThrowOnFailure();

    private static TerminalPlot Plot(double[] losses) => new() { Title = "loss", Points = [.. losses.Select((loss, i) => (i + 1, loss))] };

    private static string Ascii(double[] losses) => string.Join('\n', Plot(losses).Draw(24, 5, hasUnicode: false));
}
