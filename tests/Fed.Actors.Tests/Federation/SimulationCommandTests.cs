using Fed.Simulation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

public sealed class SimulationCommandTests
{
    [Theory]
    [InlineData("the value of '--seeds' is missing", "--seeds")]
    [InlineData("'0' is no value of '--seeds'", "--seeds", "0")]
    [InlineData("'many' is no value of '--seed'", "--seed", "many")]
    [InlineData("--shrunk: 'sites' is no cut", "--seed", "1", "--shrunk", "sites")]
    [InlineData("'--quick' is not an option", "--quick")]
    [InlineData("--shrunk: '99999999999' in 'sites=99999999999' is no whole number", "--seed", "1", "--shrunk", "sites=99999999999")]
    [InlineData("'--trace' needs '--seed'", "--trace", "--seeds", "4")]
    [InlineData("'--seeds' and '--seed' do not go together", "--seeds", "4", "--seed", "4")]
    [InlineData("'--mutants' and '--deaths' do not go together", "--mutants", "--deaths")]
    [InlineData("'--mutants' and '--shrunk' do not go together", "--mutants", "--shrunk", "sites=3")]
    public void Arguments_that_make_no_sense_end_with_two_and_a_sentence_about_them(string sentence, params string[] args)
    {
        (int code, string output, string error) = Run(args);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"sim: {sentence}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_schedules_end_with_a_summary()
    {
        (int code, string output, string error) = Run("--seeds", "4", "--shrunk", "sites=3 rounds=1");
        Assert.Equal((0, ""), (code, error));
        foreach (string line in new[] { "schedules", "virtual hours", "rounds committed", "faults injected", "silos              median 3", "violations         0", "Approving" })
            Assert.Contains(line, output, StringComparison.Ordinal);
    }

    [Fact]
    public void One_schedule_prints_its_scenario_its_end_and_with_trace_every_step()
    {
        (int code, string output, _) = Run("--seed", "42", "--shrunk", "sites=3 rounds=1");
        (int traced, string trace, _) = Run("--seed", "42", "--trace", "--shrunk", "sites=3 rounds=1");
        Assert.Equal((0, 0), (code, traced));
        Assert.Equal(output.Split('\n')[^2], trace.Split('\n')[^2]);   // the trace hash
        Assert.True(trace.Split('\n').Length > output.Split('\n').Length + 100);
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        return (SimulationCommand.Run(args, output, error), output.ToString(), error.ToString());
    }
}
