using System.Collections.Immutable;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Files;
using Fed.Learning.Program;
using Fed.Trainer;
using Fed.Trainer.Wire;

namespace Fed.Host.Trainers;

/// <summary>What a trainer said before there is a plan.</summary>
/// <param name="Tensors">Its model's tensors.</param>
/// <param name="Abilities">What its training can do.</param>
/// <param name="Initial">Parameters to start from, shape <c>[parameters]</c>.</param>
internal sealed record ProbedTrainer(ImmutableArray<ExternalTensor> Tensors, TrainerAbilities Abilities, double[] Initial);

/// <summary>Asks a trainer for its model before the plan is made, where this machine may start it; and compares what trainers say with plans.</summary>
internal static class TrainerProbe
{
    private const int NamedMax = 5;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TrainerRows NoRows = new(new Matrix(1, [], []), new Matrix(1, [], []));

    /// <summary>Starts the trainer, asks what it is, and stops it.</summary>
    /// <param name="options">How it is started.</param>
    /// <param name="sha256">Of its files, in the plan.</param>
    /// <param name="problem">What is to be learnt.</param>
    /// <param name="seed">32 bytes for the first parameters.</param>
    /// <param name="initial">The file to take them from; null asks the trainer.</param>
    /// <param name="cancel">Kills it.</param>
    /// <exception cref="UserException">It cannot be started or does not answer as it should.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the process has gone.</exception>
    public static ProbedTrainer Ask(TrainerOptions options, string sha256, Problem problem, byte[] seed, string? initial, CancellationToken cancel)
    {
        ProbedTrainer? probed = null;
        using TrainerSession session = new(new TrainerPlace(options, folder: null), sha256, talk => probed = Probe(talk, options, problem, seed, initial), new TrainerWords(static _ => { }, TimeProvider.System), TimeProvider.System);
        TaskCompletionSource<Exception?> through = new(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Put(new TrainerJob(NoRows, static _ => { }), through.SetResult);
        Exception? failure = Wait(session, options, through.Task, cancel);
        session.Dispose();
        session.Join();
        cancel.ThrowIfCancellationRequested();
        return failure is null ? probed! : throw new UserException($"trainer '{options.Id}': {failure.Message}", failure);
    }

    /// <summary>A model whose tensors and parameters a file tells, without a trainer: what its training can do the sites' trainers say themselves, before they train.</summary>
    /// <exception cref="UserException">The file is missing, damaged, or has something else than parameters.</exception>
    public static ProbedTrainer Read(string initial)
    {
        try
        {
            TensorFile file = Open(initial);
            if (file.Tensors.FirstOrDefault(static tensor => tensor.Shape.Any(static axis => axis is < 1 or > ExternalModel.ParametersMax)) is { } odd) throw new TrainerException($"the tensor '{odd.Name}' has the shape [{string.Join(", ", odd.Shape)}]");
            ImmutableArray<ExternalTensor> tensors = [.. file.Tensors.Select(static tensor => new ExternalTensor(tensor.Name, [.. tensor.Shape.Select(static axis => (int)axis)]))];
            if (tensors.Select(static tensor => tensor.Check()).FirstOrDefault(static problem => problem is not null) is { } wrong) throw new TrainerException(wrong);
            return new ProbedTrainer(tensors, (TrainerAbilities)~0, Finite(Flat(file, tensors)));
        }
        catch (TrainerException e)
        {
            throw new UserException($"the initial parameters in {initial} are of no model: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SafetensorsFormatException)
        {
            throw new UserException($"the initial parameters in {initial} cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>The hash of a trainer's files as they are now.</summary>
    /// <exception cref="UserException">They cannot be read.</exception>
    public static string Sha256Of(TrainerOptions options)
    {
        try
        {
            return TrainerFiles.Read(options.Files).Sha256;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"trainer '{options.Id}': {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>In what a model differs from another, as a clause; null when in nothing.</summary>
    public static string? Difference(ImmutableArray<ExternalTensor> own, ImmutableArray<ExternalTensor> plan)
    {
        if (own.Length != plan.Length) return $"it has {own.Length} tensors, and {plan.Length} are wanted";
        foreach (ExternalTensor wanted in plan)   // in whatever order: they travel by name
        {
            if (own.FirstOrDefault(tensor => tensor.Name == wanted.Name) is not { } found) return $"it has no tensor {wanted}; it has {string.Join(", ", own.Take(NamedMax))}";
            if (found.ToString() != wanted.ToString()) return $"its tensor {own.IndexOf(found)} is {found}, and {wanted} is wanted";
        }

        return null;
    }

    /// <summary>What the plan asks of the training and the trainer does not offer, as a sentence; null when there is nothing.</summary>
    public static string? Lack(TrainerAbilities own, LearningPlan plan)
    {
        TrainerAbilities lacking = plan.Needs & ~own;
        return lacking == TrainerAbilities.None
            ? null
            : $"the plan ({plan.Algorithm.Algorithm}, optimizer, l2) needs the abilities {string.Join(", ", WireFormat.WordsOf(lacking))}, which it does not offer; it offers {(own == TrainerAbilities.None ? "none" : string.Join(", ", WireFormat.WordsOf(own)))}";
    }

    private static ProbedTrainer Probe(TrainerTalk talk, TrainerOptions options, Problem problem, byte[] seed, string? initial)
    {
        talk.Hello(options.Id);
        TrainerDescription own = talk.Describe(problem);
        (ImmutableArray<ExternalTensor> tensors, double[] parameters) = initial is null ? (own.Tensors, talk.Init(seed, own.Tensors)) : FromFile(initial, own.Tensors);
        return new ProbedTrainer(tensors, own.Abilities, Finite(parameters));
    }

    private static double[] Finite(double[] parameters)
    {
        int odd = Array.FindIndex(parameters, static value => !double.IsFinite(value));
        return odd < 0 ? parameters : throw new TrainerException($"its first parameters hold {parameters[odd]} at index {odd}");
    }

    /// <summary>A trainer's tensors in the order of the file, which is the plan's then, whether a trainer is asked too or not.</summary>
    private static (ImmutableArray<ExternalTensor> Tensors, double[] Parameters) FromFile(string path, ImmutableArray<ExternalTensor> own)
    {
        try
        {
            TensorFile file = Open(path);
            _ = Flat(file, own);
            ImmutableArray<ExternalTensor> tensors = [.. file.Tensors.Select(found => own.Single(tensor => tensor.Name == found.Name))];
            return (tensors, Flat(file, tensors));
        }
        catch (TrainerException e)
        {
            throw new TrainerException($"the initial parameters in {path} do not fit its model: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SafetensorsFormatException)
        {
            throw new TrainerException($"the initial parameters in {path} cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static TensorFile Open(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Safetensors.Read(file);
    }

    private static double[] Flat(TensorFile file, ImmutableArray<ExternalTensor> tensors)
    {
        double[] values = new double[tensors.Sum(static tensor => tensor.Length)];
        ParameterSet.Read(file, tensors).To(values, isChange: false);
        return values;
    }

    private static Exception? Wait(TrainerSession session, TrainerOptions options, Task<Exception?> through, CancellationToken cancel)
    {
        while (!through.Wait(LookInterval, CancellationToken.None))
        {
            if (cancel.IsCancellationRequested) return new OperationCanceledException(cancel);
            if (session.Silent >= options.Silence) return new TrainerFailedException($"it showed no sign of life for {options.Silence.TotalSeconds:0.###} s and was killed");
            if (session.MemoryBytes() is var bytes && bytes > options.MemoryMax) return new TrainerFailedException($"it held {bytes >> 20} MiB of memory, {options.MemoryMax >> 20} MiB are allowed, and it was killed");
        }

        return through.Result;
    }
}
