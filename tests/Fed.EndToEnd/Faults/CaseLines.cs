using Xunit;

namespace Fed.EndToEnd.Faults;

/// <summary>What a case tells while it runs: beside the test's own output in the file that FED_CHAOS_LINES names, which <c>./test.sh chaos</c> shows at once.</summary>
internal sealed class CaseLines(ITestOutputHelper output)
{
    private readonly string? _file = Environment.GetEnvironmentVariable("FED_CHAOS_LINES");

    public void Write(string line)
    {
        output.WriteLine(line);
        if (_file is not null) File.AppendAllText(_file, line + "\n");
    }
}
