namespace Fed.Learning.Tests;

public sealed class SkeletonTests
{
    [Xunit.Fact]
    public void Framework_is_net10() => Xunit.Assert.Equal(10, System.Environment.Version.Major);
}
