using System.Text;
using Fed.Actors.Ports;
using Fed.TestKit.Fakes;
using Fed.Vectors;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

public sealed class ScriptedFakesTests
{
    private static readonly VectorSchema Schema = VectorSchema.Create(new Segment("values", [2], SegmentKind.Statistic, 24, 0, GridRounding.Nearest, Weighted: false));

    [Fact]
    public void Trainer_follows_the_script_of_each_sum_and_then_gives_zeros()
    {
        ScriptedComputation trainer = new ScriptedComputation().Returns("training", [1, 2], weight: 0.5).Fails("training", "no rows today").Throws("evaluation", new TimeoutException("gone"));
        LocalResult first = Compute(trainer, "training");
        Assert.Equal([1d, 2d], first.Values);
        Assert.Equal(0.5, first.Weight);
        Assert.Equal("no rows today", Assert.Throws<LocalComputationException>(() => Compute(trainer, "training")).Message);
        Assert.Throws<TimeoutException>(() => Compute(trainer, "evaluation"));
        Assert.Equal([0d, 0d], Compute(trainer, "training").Values);
        Assert.Equal(["training", "training", "evaluation", "training"], trainer.Requests.Select(request => request.Sum));
    }

    [Fact]
    public void Trainer_reports_its_progress_and_keeps_state_where_it_is_given_one()
    {
        List<int> heard = [];
        ScriptedComputation trainer = new ScriptedComputation { SiloState = (request, _, contributed) => [(byte)request.Round, (byte)contributed[0]] }.Reports(10, 100);
        trainer.Compute(Request("training"), heard.Add, CancellationToken.None);
        Assert.Equal([10, 100], heard);
        Assert.True(trainer.KeepsSiloState);
        Assert.Equal([3, 7], trainer.NextSiloState(Request("training"), new LocalResult([7, 8], 1), [7, 8]));
        Assert.False(new ScriptedComputation().KeepsSiloState);
        Assert.Null(new ScriptedComputation().NextSiloState(Request("training"), new LocalResult([7, 8], 1), [7, 8]));
    }

    [Fact]
    public void Program_without_a_script_is_pure_and_sees_every_difference()
    {
        ScriptedProgram program = new();
        string state = Step(program, 1, [1, 2]);
        Assert.Equal(state, Step(new ScriptedProgram(), 1, [1, 2]));
        Assert.NotEqual(state, Step(program, 1, [1, 3]));
        Assert.NotEqual(state, Step(program, 2, [1, 2]));
        Assert.NotEqual(state, Step(program, 1, [1, 2], contributors: 4));
        Assert.Equal("state", Encoding.UTF8.GetString(program.Broadcast(1, "training", "state"u8.ToArray())));
        Assert.Equal(4, program.Requests.Count);
    }

    [Fact]
    public void Program_stops_and_fails_where_the_script_says_so()
    {
        ScriptedProgram program = new ScriptedProgram { First = [9] }.Stops(1, "training", "good enough").Fails(2, "training", "one class only").Returns(3, "training", [7]);
        Assert.Equal("good enough", program.Step(Asked(1, [1, 2])).Stop);
        Assert.Equal("one class only", Assert.Throws<ServerStepException>(() => program.Step(Asked(2, [1, 2]))).Message);
        Assert.Equal([7], program.Step(Asked(3, [1, 2])).State);
        Assert.Equal([9], program.InitialState());
    }

    private static LocalResult Compute(ScriptedComputation trainer, string sum) => trainer.Compute(Request(sum), _ => { }, CancellationToken.None);

    private static LocalRequest Request(string sum) => new(3, sum, "model"u8.ToArray(), null, new byte[32], Schema);

    private static string Step(ScriptedProgram program, int round, long[] opened, int contributors = 3) => Convert.ToHexString(program.Step(Asked(round, opened, contributors)).State);

    private static StepRequest Asked(int round, long[] opened, int contributors = 3) => new(round, "training", "state"u8.ToArray(), opened, Schema, contributors);
}
