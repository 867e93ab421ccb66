using System.Text;
using Fed.Actors.Ports;
using Fed.Host.Cluster;
using Fed.Host.Tests.Trainers;
using Fed.Learning.Program;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>First parameters of an external model between who submits its plan and who leads, in a real database.</summary>
public sealed class InitialParametersTests : IClassFixture<DeskFixture>
{
    private readonly DeskFixture _desk;

    public InitialParametersTests(DeskFixture desk)
    {
        _desk = desk;
        _desk.Empty();
    }

    private static double[] Parameters { get; } = [1.5, -2, 0.25];

    private static LearningPlan Plan { get; } = Starting(Parameters);

    private void Age() => _desk.Execute($"UPDATE fed.uploads SET since = since - interval '{InitialParameters.Fresh.TotalSeconds + 1} seconds'");

    private static LearningPlan Starting(double[] from)
    {
        LearningPlan plan = TrainerRig.Plan(new string('0', 64));
        return plan with { External = plan.External! with { InitialSha256 = VectorBytes.Sha256(from) } };
    }

    [Fact]
    public void What_one_coordinator_puts_there_another_that_leads_begins_with_also_after_a_fail_over()
    {
        Assert.False(_desk.Initial("node-1", 1).Has(Plan));
        _desk.Initial("node-2", 1).Put(Parameters);
        Assert.True(_desk.Initial("node-1", 1).Has(Plan));
        Assert.Equal(new FederatedProgram(Plan) { Initial = Parameters }.InitialState(), _desk.Initial("node-1", 1).ProgramOf(Plan).InitialState());
        Assert.Equal(Parameters, _desk.Initial("node-2", 2).ProgramOf(Plan).Initial);   // its successor
    }

    [Fact]
    public void They_are_in_the_database_for_coordinators_alone()
    {
        _desk.Initial("node-2", 1).Put(Parameters);
        Assert.Throws<BlobMissingException>(() => _desk.Initial("sums", 1).ProgramOf(Plan));
        LearningPlan other = Starting([1.5, -2, 0.5]);
        Assert.False(_desk.Initial("node-1", 1).Has(other));
        Assert.Throws<BlobMissingException>(() => _desk.Initial("node-1", 1).ProgramOf(other));
    }

    [Fact]
    public void Those_that_were_put_there_just_now_stay_before_any_plan_names_them()
    {
        _desk.Initial("node-2", 1).Put(Parameters);
        InitialParameters leading = _desk.Initial("node-1", 1);
        leading.Collect([]);
        Assert.True(leading.Has(Plan));
        Age();
        _desk.Initial("node-2", 1).Put(Parameters);   // the same again, for another job
        leading.Collect([]);
        Assert.True(leading.Has(Plan));
    }

    [Fact]
    public void A_coordinator_that_leads_no_longer_deletes_none()
    {
        _desk.Initial("node-2", 1).Put(Parameters);
        Age();
        InitialParameters stale = _desk.Initial("node-1", 1), leading = _desk.Initial("node-2", 2);
        _desk.Execute("INSERT INTO fed.leases VALUES('coordinator', 'node-2', 2, clock_timestamp() + interval '1 hour')");
        stale.Collect([]);
        Assert.True(leading.Has(Plan));
        leading.Collect([]);
        Assert.False(leading.Has(Plan));
    }

    [Fact]
    public void They_go_when_no_plan_that_waits_needs_them()
    {
        _desk.Initial("node-2", 1).Put(Parameters);
        Age();
        InitialParameters leading = _desk.Initial("node-1", 1);
        leading.Collect([Plan, LearningPlan.FromJson(Encoding.UTF8.GetBytes(DeskFixture.Plan.Program))]);   // one of a model of ours needs none
        Assert.True(leading.Has(Plan));
        leading.Collect([]);
        Assert.False(leading.Has(Plan));
    }
}
