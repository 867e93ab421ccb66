using System.Diagnostics;
using Fed.Host.Configuration;
using Fed.Host.Trainers;
using Fed.Host.Tests.Configuration;
using Xunit;

namespace Fed.Host.Tests.Trainers;

/// <summary>The SDK for Python by its own tests, and the examples that come with it.</summary>
public sealed class PythonSdkTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public void The_sdks_own_tests_pass()
    {
        Assert.SkipUnless(Has("numpy"), "there is no numpy for /usr/bin/python3; on Debian: apt-get install python3-numpy");
        (int code, string said) = Run("-m", "unittest", "discover", "-s", Repository.File("sdk/python/tests"));
        Assert.True(code == 0, said);
        Assert.Contains("OK", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Ran 0 tests", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trainer")]
    [InlineData("trainer-pytorch")]
    [InlineData("trainer-sklearn")]
    public void Configurations_name_the_hash_of_the_examples_that_they_start(string name)
    {
        FedConfig config = FedConfig.Load(Repository.File($"hocon/{name}.conf"));
        ExternalChoice external = config.Job.External!;
        Assert.Equal(TrainerFiles.Read(config.Simulation.Trainers[external.Trainer].Files).Sha256, external.Sha256);   // changed on purpose? then write the new one into the configuration
    }

    [Theory]
    [InlineData("pytorch_mlp", "torch")]
    [InlineData("sklearn_logistic", "sklearn")]
    [InlineData("numpy_logistic", "numpy")]
    public void Example_without_its_library_says_what_to_install(string example, string library)
    {
        Assert.SkipUnless(File.Exists(Python), $"there is no {Python}");
        (int code, string said) = Run("-c", $"import sys, runpy; sys.modules['{library}'] = None; runpy.run_path('{Repository.File($"examples/{example}/train.py")}', run_name='__main__')");
        Assert.Equal(1, code);
        Assert.Contains($"on Debian: apt-get install python3-{library}", said, StringComparison.Ordinal);
    }

    /// <summary>True when Debian's Python has a module.</summary>
    internal static bool Has(string module) => File.Exists(Python) && Run("-c", $"import {module}").Code == 0;

    private static (int Code, string Said) Run(params string[] arguments)
    {
        ProcessStartInfo start = new(Python, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PYTHONPATH"] = Repository.File("sdk/python");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> rest = process.StandardOutput.ReadToEndAsync();
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, rest.GetAwaiter().GetResult() + said);
    }
}
