using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Fed.Learning.External;
using Fed.Learning.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fed.Host.Tests.Trainers;

/// <summary>The trainers of a site of a cluster, where the plan comes later than the actors: what the site starts, what it refuses, and that nothing runs on when the job is over.</summary>
public sealed class SiteTrainersTests : IDisposable
{
    private static readonly JobId Job = new("trial-1");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ActorSystem _system = new("site", new ActorSystemOptions());
    private readonly string _script;

    public SiteTrainersTests()
    {
        _script = Path.Combine(_folder.Path, "naughty.py");
        File.Copy(Repository.File("tests/Fed.Host.Tests/Trainers/naughty.py"), _script);
    }

    public void Dispose()
    {
        _system.TerminateAsync(Patience).GetAwaiter().GetResult();
        _folder.Dispose();
    }

    [Fact]
    public async Task Process_is_started_by_the_first_training_of_a_plan_and_ends_with_its_job()
    {
        Assert.SkipUnless(File.Exists(TrainerRig.Python), $"there is no {TrainerRig.Python}; on Debian: apt-get install python3");
        using SiteTrainers trainers = Of("rig");
        Companion<TrainerSupervisor.Message> companion = Assert.IsType<Companion<TrainerSupervisor.Message>>(trainers.CompanionOf(Job));
        companion.Started(_system.Spawn(companion.Props, companion.Name));
        IExternalTrainer trainer = trainers.Of(Job, TrainerRig.Plan(TrainerFiles.Read([_script]).Sha256))!;
        Assert.Empty(Processes());

        Assert.Equal([4.0, 5.0, 6.0], Train(trainer));
        string folder = Assert.Single(Processes());
        Assert.Equal([4.0, 5.0, 6.0], Train(trainer));
        Assert.Equal([folder], Processes());

        trainers.End(Job);
        Assert.True(SpinWait.SpinUntil(() => Processes().Length == 0, Patience), "the process outlives its job");
        Assert.Equal([4.0, 5.0, 6.0], Train(trainer));   // what comes late finds a process anew
        Assert.NotEqual(folder, Assert.Single(Processes()));
        await _system.TerminateAsync(Patience);
        trainers.Dispose();
        Assert.Empty(Processes());
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/../..")]
    public void Folder_of_a_job_is_never_another_one_s_whatever_the_job_is_called(string name)
    {
        using SiteTrainers trainers = Of("rig");
        JobId job = new(name);
        Companion<TrainerSupervisor.Message> companion = Assert.IsType<Companion<TrainerSupervisor.Message>>(trainers.CompanionOf(job));
        companion.Started(_system.Spawn(companion.Props, companion.Name));
        Assert.Throws<InvalidOperationException>(() => trainers.Of(job, TrainerRig.Plan(TrainerFiles.Read([_script]).Sha256)));
    }

    [Fact]
    public void Trainer_that_the_site_does_not_know_or_whose_files_are_others_is_refused_without_telling_where_they_lie()
    {
        ExternalModel model = TrainerRig.Plan(TrainerFiles.Read([_script]).Sha256).External!;
        using SiteTrainers none = new("here", ImmutableSortedDictionary<string, TrainerOptions>.Empty, _folder.Path, TimeProvider.System, NullLogger<SiteTrainer>.Instance), other = Of("other"), own = Of("rig");
        Assert.Equal("the plan's model is trained by 'rig', and this site knows no trainer; node.trainer.rig of its configuration would say how to start it", none.Lack(model));
        Assert.Equal("the plan's model is trained by 'rig', and this site knows other only; node.trainer.rig of its configuration would say how to start it", other.Lack(model));
        Assert.Null(own.Lack(model));
        Assert.Null(own.Difference(model));
        Assert.Null(none.CompanionOf(Job));

        File.AppendAllText(_script, "\n");
        Assert.Equal($"the files of trainer 'rig' have the SHA-256 {TrainerFiles.Read([_script]).Sha256} at this site, and the plan says {model.Sha256}", own.Difference(model));
        File.Delete(_script);
        Assert.Equal("the files of trainer 'rig' cannot be read at this site; its log says why", own.Difference(model));
    }

    [Fact]
    public void Models_tensors_may_stand_in_another_order_but_not_be_others()
    {
        ExternalTensor w = new("w", [3]), b = new("b", []);
        Assert.Null(TrainerProbe.Difference([w, b], [b, w]));
        Assert.Equal("it has no tensor c [2]; it has w [3], b []", TrainerProbe.Difference([w, b], [w, new ExternalTensor("c", [2])]));
        Assert.Equal("its tensor 1 is b [], and b [1] is wanted", TrainerProbe.Difference([w, b], [new ExternalTensor("b", [1]), w]));
    }

    [Fact]
    public void File_tells_tensors_and_first_parameters_where_there_is_no_trainer()
    {
        string path = Path.Combine(_folder.Path, "initial.safetensors");
        Write(path, Tensor.Create<double>("w", [2], [1, 2]), Tensor.Create<float>("b", [], [3]));
        ProbedTrainer told = TrainerProbe.Read(path);
        Assert.Equal(["w [2]", "b []"], told.Tensors.Select(static tensor => tensor.ToString()));
        Assert.Equal([1.0, 2.0, 3.0], told.Initial);

        foreach ((Tensor odd, string said) in (ReadOnlySpan<(Tensor, string)>)[
            (Tensor.Create<long>("n", [1], [1]), "is of type I64; parameters are F64 or F32"), (Tensor.Create<double>("a b", [1], [1]), "is no name of a tensor"),
            (Tensor.Create<double>("w", [0], []), "has the shape [0]"), (Tensor.Create<double>("w", [1], [double.NaN]), "hold NaN at index 0")])
        {
            Write(path, odd);
            Assert.Contains(said, Assert.Throws<UserException>(() => TrainerProbe.Read(path)).Message, StringComparison.Ordinal);
        }

        File.WriteAllText(path, "odd");
        Assert.StartsWith($"the initial parameters in {path} cannot be read: ", Assert.Throws<UserException>(() => TrainerProbe.Read(path)).Message, StringComparison.Ordinal);
    }

    private SiteTrainers Of(string id) => new(
        "here",
        ImmutableSortedDictionary<string, TrainerOptions>.Empty.Add(id, new TrainerOptions(id, [TrainerRig.Python, "naughty.py", "none", "none", "note"], [_script], ImmutableSortedDictionary<string, string>.Empty, Patience, 1L << 30, Restarts: 0)),
        Path.Combine(_folder.Path, "trainer"), TimeProvider.System, NullLogger<SiteTrainer>.Instance);

    private static double[] Train(IExternalTrainer trainer)
    {
        double[] parameters = [1, 2, 3];
        trainer.Train(TrainerRig.Rows, 1, TrainerRig.Work(), parameters);
        return parameters;
    }

    /// <summary>Folders in which processes run.</summary>
    private string[] Processes() => Directory.Exists(Path.Combine(_folder.Path, "trainer", Job.Value)) ? Directory.GetDirectories(Path.Combine(_folder.Path, "trainer", Job.Value)) : [];

    private static void Write(string path, params ImmutableArray<Tensor> tensors)
    {
        using FileStream file = File.Create(path);
        Safetensors.Write(new TensorFile(tensors), file);
    }
}
