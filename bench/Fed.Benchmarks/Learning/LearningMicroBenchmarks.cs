using BenchmarkDotNet.Attributes;
using Fed.Learning.Kernels;
using Fed.Learning.Models;
using Fed.Learning.Models.Layers;
using Fed.Learning.Models.Losses;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Training;
using Fed.Vectors;

namespace Fed.Benchmarks.Learning;

/// <summary>Hot paths of local training under BenchmarkDotNet, on one thread and on two: time with its spread, and allocated bytes (none).</summary>
[MemoryDiagnoser]
public class LearningMicroBenchmarks
{
    private const int Batch = 32, Size = 256, Classes = 10, Parameters = 1_000_000;

    private readonly float[] _a = LearningCases.Normal(Size * Size, 1), _b = LearningCases.Normal(Size * Size, 2), _c = new float[Size * Size];
    private readonly double[] _scores = Array.ConvertAll(LearningCases.Normal(Batch * Classes, 3), static v => (double)v), _slopes = new double[Batch * Classes], _losses = new double[Batch];
    private readonly double[] _classes = [.. Enumerable.Range(0, Batch).Select(static r => (double)(r % Classes))];
    private readonly float[] _parameters = LearningCases.Normal(Parameters, 4), _gradient = LearningCases.Normal(Parameters, 5);
    private readonly double[] _update = Array.ConvertAll(LearningCases.Normal(Parameters + 1, 6), static v => (double)v), _contributed = new double[Parameters + 1];
    private readonly VectorSchema _schema = VectorSchema.Create(GridOptions.For(RingWidth.Ring32).Training("change", Parameters));
    private readonly byte[] _seed = new byte[CounterRandom.SeedBytes];
    private Action _convolve = static () => { };
    private Optimizer<float> _adam = null!;
    private SoftmaxLoss _softmax = null!;

    /// <summary>Threads that kernels may use.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Makes layers and optimisers.</summary>
    [GlobalSetup]
    public void Setup()
    {
        ComputeThreads.Max = Threads;
        Convolution<float> layer = new("conv", new Window(8, 14, 14, 3, 3, 1, 1, 1), 16);
        float[] weights = LearningCases.Normal(layer.Parameters, 7), x = LearningCases.Normal(Batch * layer.Inputs, 8), y = new float[Batch * layer.Outputs];
        float[] dy = LearningCases.Normal(Batch * layer.Outputs, 9), dx = new float[Batch * layer.Inputs], gradient = new float[layer.Parameters];
        LayerPass<float> pass = new(Batch, layer.CreateState(Batch), null!);
        _convolve = () =>
        {
            layer.Forward(pass, weights, x, y);
            layer.Backward(pass, weights, x, y, dy, dx, gradient);
        };
        _adam = new Optimizer<float>(new OptimizerOptions(OptimizerKind.Adam), (IModel)new NetworkOptions(new MlpOptions([]), ModelTask.TwoClasses).Create(Parameters - 1, 2, l2: 0));
        _softmax = new SoftmaxLoss(Classes);
    }

    /// <summary>256 x 256 x 256, float32.</summary>
    [Benchmark]
    public void Product() => MatrixProduct.Add<float>(new(_a, Size, Size), new(_b, Size, Size), _c);

    /// <summary>16 filters over 8 channels of 14 x 14, 32 examples, forwards and backwards.</summary>
    [Benchmark]
    public void Convolution() => _convolve();

    /// <summary>Loss and slopes of 32 examples of 10 classes, float64.</summary>
    [Benchmark]
    public void Softmax() => _softmax.Evaluate(_scores, _classes, _slopes, _losses);

    /// <summary>A step on a million parameters.</summary>
    [Benchmark]
    public void Adam() => _adam.Step(_parameters, _gradient, 1e-6);

    /// <summary>A million values on the 16-bit grid with stochastic rounding, ring 32.</summary>
    [Benchmark]
    public void Grid() => GridEncoder.Encode(_schema, RingWidth.Ring32, _update, 1, _seed, static _ => { }, _contributed);
}
