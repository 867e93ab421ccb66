using System.Collections.Immutable;
using System.IO.Pipes;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Learning.Training;
using Fed.Trainer;
using Xunit;

namespace Fed.Host.Tests.Trainers;

/// <summary>The library for trainers in .NET, in a conversation with the site's side over pipes; and the example that is made with it, as a process.</summary>
public sealed class TrainerHostTests
{
    private static readonly Problem Numbers = new(ModelTask.Regression, 0, ["a", "b", "c"], ImmutableSortedDictionary<string, string>.Empty.Add("width", "7"));

    [Fact]
    public void Both_sides_understand_each_other()
    {
        Adder trainer = new();
        Converse(trainer, talk =>
        {
            Assert.Equal("adder", talk.Hello("t"));
            TrainerDescription own = talk.Describe(Numbers);
            Assert.Equal(["w [3]", "s []"], own.Tensors.Select(static tensor => tensor.ToString()));
            Assert.Equal(TrainerAbilities.Correction | TrainerAbilities.Proximal, own.Abilities);
            Assert.Equal(7, trainer.Problem!.Integer("width", 1));
            Assert.Equal([9.0, 9, 9, 9], talk.Init(new byte[32], own.Tensors));
            TrainerRows rows = new(new Matrix(3, [1, 2, 3, 4, 5, 6], [1, 2]), new Matrix(3, [], []));
            talk.Load(rows);
            List<int> percents = [];
            LocalWork work = new() { Model = Model(own), Data = rows.Train, Steps = 2, LearningRate = 0.5, Proximal = 0.25, Correction = new double[] { 1, 2, 3, 4 }, Seed = new byte[32], ProgressPercent = percents.Add, Optimizer = new OptimizerOptions(OptimizerKind.Adam) };
            (double[] parameters, LocalReport report) = talk.Train(own.Tensors, 5, work, 0.125, [10, 20, 30, 40]);
            Assert.Equal([11.0, 22, 33, 44], parameters);   // it adds the correction
            Assert.Equal((2, 4L, 0.5), (report.Steps, report.Samples, report.Loss));
            Assert.Equal([50], percents);
            Assert.Equal((5, 0.5, 0.25, 0.125, OptimizerKind.Adam), (trainer.Task!.Round, trainer.Task.LearningRate, trainer.Task.Proximal, trainer.Task.L2, trainer.Task.Optimizer!.Kind));
            Assert.Equal([1.0, 2, 3, 4, 5, 6], trainer.Rows!.Train.Values);
            Assert.Equal(0, trainer.Rows.Test.Rows);
            TrainerSums sums = talk.Evaluate(Model(own), 8, parameters, static _ => { });
            Assert.Equal((2L, 33.0), (sums.Train.Rows, sums.Train.Loss));
            talk.Stop();
        });
    }

    [Fact]
    public void Refusals_are_answers_and_the_conversation_goes_on() => Converse(new Adder(), static talk =>
    {
        Assert.Equal("it says: what is to be learnt has not been said yet", Assert.Throws<TrainerException>(() => talk.Init(new byte[32], [new ExternalTensor("w", [1])])).Message);
        TrainerDescription own = talk.Describe(Numbers);
        LocalWork work = new() { Model = Model(own), Data = new Matrix(3, [1, 2, 3], [1]), Steps = 1, LearningRate = 1, Seed = new byte[32] };
        Assert.Equal("it says: the rows have not been sent yet", Assert.Throws<TrainerException>(() => talk.Train(own.Tensors, 1, work, 0, new double[4])).Message);
        Assert.Equal("it says: seven is too many", Assert.Throws<TrainerException>(() => talk.Describe(Numbers with { Settings = Numbers.Settings.SetItem("width", "8") })).Message);
        talk.Stop();
    });

    [Fact]
    public async Task Trainer_learns_that_the_site_has_gone()
    {
        Adder trainer = new() { WaitsForTheEnd = true };
        using AnonymousPipeServerStream questions = new(PipeDirection.Out), answers = new(PipeDirection.In);
        using AnonymousPipeClientStream asked = new(PipeDirection.In, questions.ClientSafePipeHandle), given = new(PipeDirection.Out, answers.ClientSafePipeHandle);
        Task serving = Task.Run(() => TrainerHost.Run(trainer, asked, given));
        TrainerTalk talk = new(answers, questions);
        TrainerDescription own = talk.Describe(Numbers);
        TrainerRows rows = new(new Matrix(3, [1, 2, 3], [1]), new Matrix(3, [], []));
        talk.Load(rows);
        Task training = Task.Run(() => talk.Train(own.Tensors, 1, new LocalWork { Model = Model(own), Data = rows.Train, Steps = 1, LearningRate = 1, Seed = new byte[32] }, 0, new double[4]));
        Assert.True(trainer.IsWaiting.Wait(TimeSpan.FromMinutes(1)));
        await questions.DisposeAsync();
        await serving.WaitAsync(TimeSpan.FromMinutes(1));   // it ended by itself
        await given.DisposeAsync();
        await Assert.ThrowsAsync<TrainerEndedException>(() => training.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Histogram_and_losses_follow_from_scores()
    {
        TrainerRows rows = new(new Matrix(1, [-20, 0, 20], [0, 1, 0]), new Matrix(1, [], []));
        TrainerSums sums = ScoreSums.Of(new Problem(ModelTask.TwoClasses, 2, ["a"], Numbers.Settings), new TrainerRows(rows.Test, rows.Train), static row => [row[0]], 4);
        Assert.Equal([1L, 0, 0, 1, 0, 0, 1, 0], sums.Scores);
        Assert.Equal((3L, 2L), (sums.Test.Rows, sums.Test.Correct));
        Assert.Equal(Math.Log(2) + 20, sums.Test.Loss, 1e-7);
        TrainerTally many = ScoreSums.Of(new Problem(ModelTask.Classes, 3, ["a"], Numbers.Settings), new TrainerRows(new Matrix(1, [1], [2]), rows.Test), static row => [0, row[0], 0], 4).Train;
        Assert.Equal((1L, 0L), (many.Rows, many.Correct));
        Assert.Equal(Math.Log(Math.E + 2), many.Loss, 1e-12);
    }

    [Fact]
    public void Example_in_dotnet_takes_the_steps_of_plain_descent()
    {
        string folder = Repository.File("examples/dotnet_trainer/bin/Release/net10.0");
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath!;
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "DotnetTrainer.dll")), "examples/dotnet_trainer is not built in Release");
        using TrainerRig rig = new(
            [Path.GetFileName(dotnet) is "dotnet" or "dotnet.exe" ? dotnet : "/usr/bin/dotnet", "net10.0/DotnetTrainer.dll"], [folder],
            static options => options with { Environment = options.Environment.SetItem("DOTNET_ROOT", Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet") },
            static plan => plan with { External = plan.External! with { Tensors = [new ExternalTensor("weights", [3]), new ExternalTensor("bias", [1])] } });
        double[] parameters = [0, 0, 0, 0];
        LocalReport report = rig.Train(parameters, steps: 50, rate: 0.3);
        GeneralisedLinearModel inside = new(ModelKind.Linear, 3, 0, 0);
        double[] expected = new double[4], gradient = new double[4];
        for (int step = 0; step < 50; step++)
        {
            inside.Objective(TrainerRig.Rows.Train, expected, gradient);
            for (int i = 0; i < 4; i++) expected[i] -= 0.3 * gradient[i];
        }

        for (int i = 0; i < 4; i++) Assert.Equal(expected[i], parameters[i], 1e-12);
        Assert.Equal((50, 200L), (report.Steps, report.Samples));
    }

    private static ExternalModel Model(TrainerDescription own) => TrainerRig.Plan(new string('0', 64)).External! with { Tensors = own.Tensors };

    private static void Converse(ITrainer trainer, Action<TrainerTalk> talk)
    {
        using AnonymousPipeServerStream questions = new(PipeDirection.Out), answers = new(PipeDirection.In);
        using AnonymousPipeClientStream asked = new(PipeDirection.In, questions.ClientSafePipeHandle), given = new(PipeDirection.Out, answers.ClientSafePipeHandle);
        Task serving = Task.Run(() => TrainerHost.Run(trainer, asked, given));
        talk(new TrainerTalk(answers, questions));
        Assert.True(serving.Wait(TimeSpan.FromMinutes(1)));
    }

    /// <summary>Adds the correction to the parameters.</summary>
    private sealed class Adder : ITrainer
    {
        private static readonly ImmutableArray<ExternalTensor> Tensors = [new ExternalTensor("w", [3]), new ExternalTensor("s", [])];

        public Problem? Problem { get; private set; }

        public TrainerRows? Rows { get; private set; }

        public TrainingTask? Task { get; private set; }

        public bool WaitsForTheEnd { get; init; }

        public ManualResetEventSlim IsWaiting { get; } = new();

        public string Name => "adder";

        public TrainerDescription Describe(Problem problem)
        {
            if (problem.Integer("width", 0) > 7) throw new ArgumentException("seven is too many");
            Problem = problem;
            return new TrainerDescription(Tensors, TrainerAbilities.Correction | TrainerAbilities.Proximal);
        }

        public ParameterSet Init(ReadOnlyMemory<byte> seed)
        {
            ParameterSet set = new(Tensors);
            Array.Fill(set["w"], 9);
            Array.Fill(set["s"], 9);
            return set;
        }

        public void Load(TrainerRows rows) => Rows = rows;

        public TrainingResult Train(TrainingTask task)
        {
            Task = task;
            IsWaiting.Set();
            if (WaitsForTheEnd) task.Cancel.WaitHandle.WaitOne();
            task.Cancel.ThrowIfCancellationRequested();
            task.Report(new TrainingProgress(50, 1, 1, 0.5));
            foreach (ExternalTensor tensor in Tensors)
                for (int i = 0; i < tensor.Length; i++) task.Parameters[tensor.Name][i] += task.Correction?[tensor.Name][i] ?? 0;
            return new TrainingResult(task.Parameters, task.Steps, task.Steps * Rows!.Train.Rows, 0.5);
        }

        public TrainerSums Evaluate(ParameterSet parameters, int bins) =>
            new(new TrainerTally(Rows!.Test.Rows, 0, 0, 0, 0), new TrainerTally(Rows.Train.Rows, parameters["w"][2], 0, 0, 0), []);
    }
}
