using System.Globalization;
using System.Text.Json;
using Fed.Host.Trainers;
using Fed.Learning.External;
using Fed.Learning.Training;
using Xunit;

namespace Fed.Host.Tests.Trainers;

/// <summary>A site with a trainer in a real process: what it does well, and every way in which it may go wrong.</summary>
public sealed class SiteTrainerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Trainer_trains_and_evaluates_round_after_round_in_one_process()
    {
        using TrainerRig rig = TrainerRig.Naughty("hello", "environment");
        List<int> percents = [];
        (double[] parameters, LocalReport report) = rig.Train(percents.Add);
        Assert.Equal([4.0, 5.0, 6.0], parameters);
        Assert.Equal((3, 4L, 0.25), (report.Steps, report.Samples, report.Loss));
        Assert.Equal([50], percents);
        File.Delete(rig.NoteFile);   // a second process would write it again
        Assert.Equal([4.0, 5.0, 6.0], rig.Train().Parameters);
        TrainerSums sums = rig.Evaluate();
        Assert.Equal((1L, 4L), (sums.Test.Rows, sums.Train.Rows));
        Assert.False(File.Exists(rig.NoteFile));
    }

    [Fact]
    public void Process_gets_a_folder_with_its_files_and_nothing_of_the_sites_environment()
    {
        Environment.SetEnvironmentVariable("FED_TEST_SECRET", "a password");
        using TrainerRig rig = TrainerRig.Naughty("hello", "environment", static options => options with { Environment = options.Environment.Add("OWN", "yes").Add("LANG", "C") });
        rig.Train();
        JsonElement note = JsonDocument.Parse(File.ReadAllText(rig.NoteFile)).RootElement;
        Dictionary<string, string> environment = note.GetProperty("environment").EnumerateObject().ToDictionary(static e => e.Name, static e => e.Value.GetString()!);
        Assert.DoesNotContain("FED_TEST_SECRET", environment.Keys);
        string folder = note.GetProperty("folder").GetString()!;
        Assert.StartsWith(rig.Place + "/", folder, StringComparison.Ordinal);
        Assert.Equal(("yes", "C", "1", folder), (environment["OWN"], environment["LANG"], environment["OMP_NUM_THREADS"], environment["HOME"]));
        Assert.Equal(["naughty.py"], note.GetProperty("files").EnumerateArray().Select(static f => f.GetString()!));
        rig.Dispose();
        Assert.False(Directory.Exists(rig.Place));
    }

    [Theory]
    [InlineData("hello", "exit", "it exited with code 7 (something broke)")]
    [InlineData("capabilities", "exit", "it exited with code 7")]
    [InlineData("data", "exit", "it exited with code 7")]
    [InlineData("train", "exit", "it exited with code 7")]
    [InlineData("train", "garbage", "it sent 'Epoch' where a frame begins; what it prints must go to standard error")]
    [InlineData("hello", "garbage", "it sent 'Epoch' where a frame begins")]
    [InlineData("train", "huge-message", "it announced a message of 4294967295 bytes; 1048576 are allowed here")]
    [InlineData("train", "huge-tensors", "it announced a payload of 4294967295 bytes; 1048600 are allowed here")]
    [InlineData("train", "cut", "it ended after 8 of the 100 bytes of a frame")]
    [InlineData("train", "flood", "it sent the bytes 0000000000 where a frame begins")]
    [InlineData("train", "flood-progress", "it reported progress 1000000 times in answer to one question")]
    [InlineData("train", "not-json", "it sent a message that is none of the protocol")]
    [InlineData("train", "null", "it sent a message that is null")]
    [InlineData("train", "another-answer", "it answered with ready, and result was asked for")]
    [InlineData("train", "another-id", "it answered question 6; asked was 5")]
    [InlineData("hello", "another-version", "it speaks version 2 of the protocol, and this site version 1")]
    [InlineData("train", "damaged-tensors", "it sent tensors that are not in the safetensors format")]
    public void Process_that_ends_or_breaks_the_protocol_is_killed_and_the_attempt_declined_with_what_it_did(string question, string behaviour, string cause)
    {
        using TrainerRig rig = TrainerRig.Naughty(question, behaviour);
        string refusal = rig.Refusal();
        Assert.StartsWith("its process failed 1 times, last: ", refusal, StringComparison.Ordinal);
        Assert.Contains(cause, refusal, StringComparison.Ordinal);
        Assert.Contains(rig.Log, line => line.StartsWith("site here: trainer 'rig' failed: it ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("train", "no-tensors", "it sent no tensors with its answer")]
    [InlineData("train", "another-shape", "the tensor 'w' has the shape [2]; the plan says [3]")]
    [InlineData("train", "another-type", "the tensor 'w' is of type I64; parameters are F64 or F32")]
    [InlineData("train", "another-tensor", "the tensor w [3] is missing; there are: v")]
    [InlineData("train", "error", "it says: the rows are too odd [2J for me")]
    public void Trainer_that_answers_amiss_is_declined_and_lives_on(string question, string behaviour, string cause)
    {
        using TrainerRig rig = TrainerRig.Naughty(question, behaviour);
        Assert.Equal(cause, rig.Refusal());
        Assert.Equal(4, rig.Evaluate().Train.Rows);   // the same conversation goes on
        Assert.DoesNotContain(rig.Log, static line => line.Contains("failed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hang-with-child")]
    [InlineData("hang-with-stray")]
    public async Task Trainer_without_a_sign_of_life_is_killed_with_all_that_it_started(string behaviour)
    {
        SteppedClock clock = new();
        using TrainerRig rig = TrainerRig.Naughty("train", behaviour, static options => options with { Silence = TimeSpan.FromSeconds(30) }, clock);
        Task<(double[] Parameters, LocalReport Report)> training = rig.TrainAsync();
        await rig.SaidAsync("waiting");
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(training.IsCompleted);
        int[] processes = [.. (await File.ReadAllTextAsync(rig.NoteFile)).Split(' ').Select(int.Parse)];
        Assert.All(processes, static process => Assert.True(TrainerRig.IsAlive(process)));
        clock.Advance(TimeSpan.FromSeconds(2));
        TrainerException refusal = await Assert.ThrowsAsync<TrainerException>(() => training.WaitAsync(Patience));
        Assert.Contains("it showed no sign of life for 30 s and was killed; let it report progress, or raise silence", refusal.Message, StringComparison.Ordinal);
        rig.Dispose();
        Assert.All(processes, static process => Assert.False(TrainerRig.IsAlive(process)));
    }

    [Fact]
    public async Task Trainer_that_holds_too_much_memory_is_killed()
    {
        SteppedClock clock = new();
        using TrainerRig rig = TrainerRig.Naughty("train", "leak", static options => options with { MemoryMax = 200L << 20, Silence = TimeSpan.FromHours(1) }, clock);
        Task<(double[] Parameters, LocalReport Report)> training = rig.TrainAsync();
        await rig.SaidAsync("holding 314572800");
        clock.Advance(TrainerActor.LookInterval);
        TrainerException refusal = await Assert.ThrowsAsync<TrainerException>(() => training.WaitAsync(Patience));
        Assert.Matches(@"it held 3\d\d MiB of memory, 200 MiB are allowed, and it was killed; mend the leak, or raise max-memory", refusal.Message);
    }

    [Fact]
    public void Flood_of_words_is_read_on_and_mostly_left_out_of_the_log()
    {
        using TrainerRig rig = TrainerRig.Naughty("train", "flood-words");
        Assert.Equal([4.0, 5.0, 6.0], rig.Train().Parameters);
        rig.Dispose();
        string[] lines = [.. rig.Log];
        Assert.InRange(lines.Length, 100, 2_000);
        Assert.Contains(lines, static line => line.EndsWith("lines came too fast and are left out", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Contains('\x1b', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("capabilities")]
    [InlineData("data")]
    [InlineData("train")]
    public void Process_that_dies_once_is_started_again_and_gives_what_an_undisturbed_one_gives(string question)
    {
        using TrainerRig rig = TrainerRig.Naughty(question, "exit-once", static options => options with { Restarts = 2 });
        Assert.Equal([4.0, 5.0, 6.0], rig.Train().Parameters);
        Assert.Single(rig.Log, static line => line.Contains("it exited with code 9", StringComparison.Ordinal));
    }

    [Fact]
    public void Process_that_dies_again_and_again_is_given_up_and_the_next_question_finds_a_new_one()
    {
        using TrainerRig rig = TrainerRig.Naughty("train", "exit", static options => options with { Restarts = 2 });
        Assert.Contains("its process failed 3 times, last: it exited with code 7", rig.Refusal(), StringComparison.Ordinal);
        Assert.Equal(4, rig.Evaluate().Train.Rows);
    }

    [Fact]
    public async Task Cancelled_training_ends_the_process_at_once()
    {
        using TrainerRig rig = TrainerRig.Naughty("train", "hang-with-child");
        using CancellationTokenSource cancel = new();
        Task training = rig.TrainAsync(cancel.Token);
        await rig.SaidAsync("waiting");
        int[] processes = [.. (await File.ReadAllTextAsync(rig.NoteFile, CancellationToken.None)).Split(' ').Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => training.WaitAsync(Patience));
        Assert.Equal(4, rig.Evaluate().Train.Rows);   // by a new process
        rig.Dispose();
        Assert.All(processes, static process => Assert.False(TrainerRig.IsAlive(process)));
        Assert.DoesNotContain(rig.Log, static line => line.Contains("failed", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_that_are_not_those_of_the_plan_are_never_started()
    {
        string file = Configuration.Repository.File("tests/Fed.Host.Tests/Trainers/naughty.py"), real = TrainerFiles.Read([file]).Sha256, other = new('a', 64);
        using TrainerRig rig = new([TrainerRig.Python, "naughty.py", "none", "none"], [file], plan: plan => plan with { External = plan.External! with { Sha256 = other } });
        string refusal = rig.Refusal();
        Assert.Contains($"have the SHA-256 {real}, and the plan says {other}; nothing was started", refusal, StringComparison.Ordinal);
        Assert.False(Directory.Exists(rig.Place));
    }

    [Fact]
    public void Program_that_does_not_exist_is_named_with_what_to_install()
    {
        using TrainerRig rig = new(["/usr/bin/python9", "naughty.py"], [Configuration.Repository.File("tests/Fed.Host.Tests/Trainers/naughty.py")]);
        Assert.Equal("the program '/usr/bin/python9' does not exist; on Debian: apt-get install python3 python3-numpy", rig.Refusal());
        using TrainerRig relative = new(["python3", "naughty.py"], [Configuration.Repository.File("tests/Fed.Host.Tests/Trainers/naughty.py")]);
        Assert.Equal("the program 'python3' is neither absolute nor one of the trainer's files; write its whole path", relative.Refusal());
    }

    [Fact]
    public void Model_that_is_not_the_plans_is_refused()
    {
        string file = Configuration.Repository.File("tests/Fed.Host.Tests/Trainers/naughty.py");
        using TrainerRig rig = new([TrainerRig.Python, "naughty.py", "none", "none"], [file], plan: static plan => plan with { External = plan.External! with { Tensors = [new ExternalTensor("w", [4])] } });
        Assert.Equal("its model is not the plan's: its tensor 0 is w [3], and w [4] is wanted", rig.Refusal());
        using TrainerRig weak = new([TrainerRig.Python, "naughty.py", "none", "none"], [file], plan: static plan => plan with { L2 = 0.1 });
        Assert.Contains("needs the abilities penalty, which it does not offer; it offers none", weak.Refusal(), StringComparison.Ordinal);
    }
}
